"""What vendors report beside an answer is read without trust."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.adapters.claude.response import ClaudeReader
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.adapters.transport.lenient_json import MAX_COUNT
from llm.adapters.usage import REPORTED_BYTES, reported, tier, units

NAMES = [
    "input_tokens",
    "output_tokens",
    "cache_creation",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "server_tool_use",
    "ephemeral_1h_input_tokens",
    "ephemeral_5m_input_tokens",
    "web_search_requests",
    "service_tier",
    "speed",
    "inference_geo",
    "promptTokenCount",
    "candidatesTokenCount",
    "promptTokensDetails",
    "cacheTokensDetails",
    "modality",
    "tokenCount",
    "trafficType",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
    "cached_tokens",
    "audio_tokens",
    "cached_tokens_details",
    "reasoning_tokens",
    "num_search_queries",
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.sampled_from(["AUDIO", "priority", "us", "\ud800", "x" * 5000])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=80), inner, max_size=8)
    ),
    max_leaves=25,
)
objects = st.dictionaries(st.sampled_from(NAMES), values, max_size=12)


def readers() -> list[tuple[Reader, Any]]:
    return [
        (ClaudeReader(), lambda usage: {"content": [], "stop_reason": "end_turn", "usage": usage}),
        (GeminiReader(calls_before=0), lambda usage: {"candidates": [], "usageMetadata": usage}),
        (OpenAIReader(), lambda usage: {"choices": [], "usage": usage}),
    ]


@given(objects)
def test_whatever_a_vendor_reports_is_bounded(usage: dict[str, Any]) -> None:
    for reader, answer in readers():
        reader.whole(answer(usage))
        found = reader.response.usage
        counts = (found.input, found.output, found.cached, found.cache_written, found.cache_written_1h, found.reasoning)
        media = (found.input_audio, found.cached_audio, found.output_audio, found.input_image, found.output_image)
        assert all(0 <= number <= 100 * MAX_COUNT for number in (*counts, *media))
        assert all(0 < uses <= MAX_COUNT and len(name) <= 32 for name, uses in found.units)
        assert len(found.tier) <= 16
        assert len(found.region) <= 32
        assert len(found.reported) <= REPORTED_BYTES
        assert isinstance(json.loads(found.reported or "{}"), dict)


def test_the_vendors_object_is_kept_without_long_words_and_large_numbers() -> None:
    usage = {"input_tokens": 3, "speed": "fast", "x": "y" * 65, "big": 10**30, "deep": {"a": {"b": 1}}, "no": None}
    assert json.loads(reported(usage)) == {"input_tokens": 3, "speed": "fast", "deep": {"a": {"b": 1}}}
    assert reported({f"field_{number}": ["x" * 60] * 40 for number in range(40)}) == ""


@pytest.mark.parametrize(
    ("word", "prefix", "expected"),
    [
        ("standard", "", ""),
        ("default", "", ""),
        ("flex", "", "flex"),
        ("ON_DEMAND_PRIORITY", "ON_DEMAND_", "priority"),
        ("ON_DEMAND", "ON_DEMAND_", ""),
        ("PROVISIONED_THROUGHPUT", "ON_DEMAND_", "provisioned"),
        ("<script>", "", ""),
        ("x" * 17, "", ""),
    ],
)
def test_a_tier_is_a_short_word(word: str, prefix: str, expected: str) -> None:
    assert tier(word, prefix) == expected


def test_uses_of_tools_have_the_gateways_names() -> None:
    found = units({"web_search_requests": 2, "code_runs": 1, "nothing": 0, "Bad Name": 3}, {"web_search_requests": "s"})
    assert found == (("code_runs", 1), ("s", 2))
