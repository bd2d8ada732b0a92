"""An optional parameter that a model refuses costs one more call, once; a caller's mistake stays one."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from llm.adapters import build
from llm.adapters.refused_parameters import OptionalParameter, RefusedParameters
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Completion, Done
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from tests.adapters.replay import Answer, replaying
from tests.adapters.seen import conversation
from tests.adapters.wires import account, recorded

WARM = ChatRequest(messages=(message(Role.USER, "Bonjour"),), temperature=0.2, max_tokens=50)
ACCOUNTS = [("claude", "genai"), ("gemini", "genai"), ("gemini", "generativeai"), ("openai", "genai")]
by_account = pytest.mark.parametrize(("kind", "backend"), ACCOUNTS)


def refusal(message: str, *, code: str | None = None, param: str | None = None) -> Answer:
    """OpenAI's 400."""
    error = {"message": message, "type": "invalid_request_error", "code": code, "param": param}
    return Answer(status=400, body=json.dumps({"error": error}).encode())


def holds_temperature(body: dict[str, Any]) -> bool:
    return "temperature" in body or "temperature" in body.get("generationConfig", {})


@by_account
def test_a_refused_temperature_is_dropped_named_and_remembered(kind: str, backend: str) -> None:
    answers = (recorded(kind, "unsupported_parameter"), recorded(kind, "ok"))
    done, bodies = conversation(kind, [WARM, WARM], *answers, backend=backend)
    assert [holds_temperature(body) for body in bodies] == [True, False, False]
    assert [answer.dropped for answer in done] == [("temperature",), ("temperature",)]


def test_what_was_not_sent_is_not_named_as_dropped() -> None:
    answers = (recorded("openai", "unsupported_parameter"), recorded("openai", "ok"))
    done, _ = conversation("openai", [WARM, replace(WARM, temperature=None)], *answers)
    assert done[1].dropped == ()


@pytest.mark.parametrize("kind", ["claude", "gemini", "openai"])
def test_a_stream_learns_too(kind: str) -> None:
    async def call() -> tuple[Completion, int]:
        async with replaying(recorded(kind, "unsupported_parameter"), recorded(kind, "stream_ok")) as vendor:
            adapter = build(account(kind, vendor.url))
            events = [event async for event in adapter.stream(WARM, timeout_s=5)]
            await adapter.close()
            assert isinstance(events[-1], Done)
            return events[-1].completion, len(vendor.asked)

    completion, asked = asyncio.run(call())
    assert completion.dropped == ("temperature",)
    assert asked == 2


@pytest.mark.parametrize(
    ("model", "refused", "taken"),
    [
        ("some-new-model", "max_tokens", "max_completion_tokens"),
        ("gpt-5-at-some-proxy", "max_completion_tokens", "max_tokens"),
    ],
)
def test_the_limit_is_renamed_not_dropped(model: str, refused: str, taken: str) -> None:
    no = refusal(
        f"Unsupported parameter: '{refused}' is not supported with this model. Use '{taken}' instead.",
        code="unsupported_parameter",
        param=refused,
    )
    done, bodies = conversation("openai", [WARM, WARM], no, recorded("openai", "ok"), model=model)
    assert [(body.get(refused), body.get(taken)) for body in bodies] == [(50, None), (None, 50), (None, 50)]
    assert done[0].dropped == ()


def test_several_refused_parameters_are_dropped_one_by_one() -> None:
    request = replace(WARM, top_p=0.5, seed=3)
    no = [
        refusal(f"Unsupported parameter: '{name}' is not supported with this model.", code="unsupported_parameter")
        for name in ("temperature", "top_p", "seed")
    ]
    done, bodies = conversation("openai", [request], *no, recorded("openai", "ok"))
    assert done[0].dropped == ("temperature", "top_p", "seed")
    assert len(bodies) == 4


def test_a_server_that_refuses_both_names_of_the_limit_is_not_asked_for_ever() -> None:
    both = refusal("'max_tokens' and 'max_completion_tokens' are not supported.", code="unsupported_parameter")
    with pytest.raises(ProviderError) as raised:
        conversation("openai", [WARM], both)
    assert raised.value.failure.error_class is ErrorClass.INVALID_REQUEST


@pytest.mark.parametrize(
    "complaint",
    [
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        "temperature: Input should be less than or equal to 1",
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens",
        "'messages' must not be empty",
    ],
)
def test_a_callers_mistake_is_neither_hidden_nor_remembered(complaint: str) -> None:
    async def call() -> list[Any]:
        async with replaying(refusal(complaint), recorded("openai", "ok")) as vendor:
            adapter = build(account("openai", vendor.url))
            with pytest.raises(ProviderError):
                await adapter.complete(WARM, timeout_s=5)
            await adapter.complete(WARM, timeout_s=5)
            await adapter.close()
            return [asked.body for asked in vendor.asked]

    bodies = asyncio.run(call())
    assert [holds_temperature(body) for body in bodies] == [True, True]


def test_emptied_objects_leave_the_body() -> None:
    rejected = RefusedParameters((OptionalParameter(name="reasoning_effort", path=("output_config", "effort")),))
    body = {"output_config": {"effort": "low"}}
    refused = Failure(error_class=ErrorClass.INVALID_REQUEST, message="output_config.effort: not supported here")
    learned = rejected.learn(body, refused, ())
    assert learned is not None
    assert rejected.apply(body, [learned]) == ("reasoning_effort",)
    assert body == {}


def test_only_an_invalid_request_teaches_anything() -> None:
    rejected = RefusedParameters((OptionalParameter(name="temperature", path=("temperature",)),))
    other = Failure(error_class=ErrorClass.SERVER_ERROR, message="'temperature' is not supported")
    assert not rejected.learn({"temperature": 1}, other, ())
