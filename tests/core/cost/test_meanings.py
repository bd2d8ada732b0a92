"""The vendors' different meanings of input and output come out as one."""

import pytest

from llm.core.cost.meanings import MEANINGS, Figures, usage_of
from llm.kinds import KINDS


def test_every_kind_has_a_meaning_and_a_source() -> None:
    assert set(MEANINGS) == set(KINDS)
    assert all(meaning.source.startswith("https://") for meaning in MEANINGS.values())


@pytest.mark.parametrize(
    ("kind", "figures"),
    [
        ("claude", Figures(input=100, cached=50, cache_written=25, output=40, reasoning=30)),
        ("gemini", Figures(input=175, cached=50, cache_written=25, output=10, reasoning=30)),
        ("openai", Figures(input=175, cached=50, cache_written=25, output=40, reasoning=30, total=215)),
        ("openai", Figures(input=175, cached=50, cache_written=25, output=10, reasoning=30, total=215)),
    ],
)
def test_input_includes_the_cache_and_output_the_reasoning(kind: str, figures: Figures) -> None:
    usage = usage_of(kind, figures)
    assert (usage.input, usage.output, usage.cached, usage.reasoning) == (175, 40, 50, 30)
