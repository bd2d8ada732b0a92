"""The adapters against the project's own simulator: what its faults look like from the gateway."""

import asyncio

import pytest

from llm.adapters import AdapterConfig, build
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Completion, Done, TextDelta
from llm.core.failures.policy import ErrorClass, ProviderError
from llm.simulator import FaultName, Simulator
from tests.adapters import dialogues as d
from tests.adapters.test_contract import PLAIN
from tests.adapters.wires import MODELS, account

REQUEST = ChatRequest(messages=(message(Role.USER, "Je cherche un plombier à Akwa"),))
E = ErrorClass
BAD, DOWN = frozenset({E.BAD_RESPONSE}), frozenset({E.SERVER_ERROR, E.OVERLOADED})
BOTH: dict[str, frozenset[ErrorClass]] = {
    "reset": frozenset({E.CONNECTION}),
    "silence": frozenset({E.TIMEOUT}),
    "server_error": DOWN,
    "bad_gateway": DOWN,
    "unavailable": DOWN,
    "overloaded": frozenset({E.OVERLOADED}),
    "html": BAD,
    "empty_body": BAD,
    "garbage_json": BAD,
    "wrong_key": frozenset({E.AUTH}),
    "credit": frozenset({E.CREDIT_EXHAUSTED}),
    "rate_limited": frozenset({E.RATE_LIMITED}),
    "permission": frozenset({E.PERMISSION}),
    "model_not_found": frozenset({E.MODEL_NOT_FOUND}),
    "context_length": frozenset({E.CONTEXT_LENGTH}),
    "invalid_request": frozenset({E.INVALID_REQUEST}),
    "content_filtered": frozenset({E.CONTENT_FILTERED}),
    "empty": BAD,
}
PLAIN_ONLY: dict[str, frozenset[ErrorClass]] = {
    "cut": frozenset({E.BAD_RESPONSE, E.CONNECTION}),
    "stall": frozenset({E.TIMEOUT}),
    "slow": frozenset({E.TIMEOUT}),
    "clean_early_end": BAD,
    "malformed_chunk": BAD,
    "error_event": frozenset({E.OVERLOADED}),
    "redirect": BAD,
}
STREAM: dict[str, frozenset[ErrorClass]] = {
    "cut": frozenset({E.BAD_RESPONSE, E.CONNECTION}),
    "stall": frozenset({E.TIMEOUT}),
    "clean_early_end": BAD,
    "error_event": frozenset({E.OVERLOADED}),
    "slow_first_token": frozenset({E.TIMEOUT}),
}
WAITS_S, GIVES_UP_S = 20.0, 0.6
"""How long a test waits for what comes, and for what does not."""
by_account = pytest.mark.parametrize(("kind", "backend"), PLAIN)
by_kind = pytest.mark.parametrize("kind", sorted(MODELS))


def patience_s(expected: frozenset[ErrorClass]) -> float:
    return GIVES_UP_S if E.TIMEOUT in expected else WAITS_S


def ask(
    sim: Simulator,
    kind: str,
    backend: str = "genai",
    request: ChatRequest = REQUEST,
    *,
    timeout_s: float = WAITS_S,
) -> Completion:
    async def call() -> Completion:
        adapter = build(at(sim, kind, backend))
        try:
            return await adapter.complete(request, timeout_s=timeout_s)
        finally:
            await adapter.close()

    return asyncio.run(call())


def listen(sim: Simulator, kind: str, *, timeout_s: float = WAITS_S) -> tuple[str, Completion]:
    """The text in pieces, and the finished answer."""

    async def call() -> tuple[str, Completion]:
        adapter = build(at(sim, kind, "genai"))
        try:
            events = [event async for event in adapter.stream(REQUEST, timeout_s=timeout_s)]
        finally:
            await adapter.close()
        assert isinstance(events[-1], Done)
        return "".join(e.text for e in events if isinstance(e, TextDelta)), events[-1].completion

    return asyncio.run(call())


def at(sim: Simulator, kind: str, backend: str) -> AdapterConfig:
    url = sim.url(kind)
    return account(kind, url.removesuffix("/v1") if kind == "openai" else url, backend=backend)


@by_account
def test_a_well_vendor_answers(sim: Simulator, kind: str, backend: str) -> None:
    answer = ask(sim, kind, backend)
    assert answer.text
    assert answer.usage.input > 0
    assert answer.usage.output > 0


@by_kind
def test_a_well_vendor_streams_what_it_answers(sim: Simulator, kind: str) -> None:
    pieces, completion = listen(sim, kind)
    assert pieces == completion.text
    assert completion.usage.output > 0


@by_account
@pytest.mark.parametrize("fault", BOTH)
def test_every_fault_of_a_plain_call_gets_its_class(sim: Simulator, kind: str, backend: str, fault: str) -> None:
    sim.fault(kind, fault)
    with pytest.raises(ProviderError) as raised:
        ask(sim, kind, backend, timeout_s=patience_s(BOTH[fault]))
    assert raised.value.failure.error_class in BOTH[fault]


@by_kind
@pytest.mark.parametrize("fault", PLAIN_ONLY)
def test_every_break_of_a_plain_answer_gets_its_class(sim: Simulator, kind: str, fault: str) -> None:
    sim.fault(kind, fault)
    with pytest.raises(ProviderError) as raised:
        ask(sim, kind, timeout_s=patience_s(PLAIN_ONLY[fault]))
    assert raised.value.failure.error_class in PLAIN_ONLY[fault]


def test_every_fault_is_in_one_of_these_tables() -> None:
    alone = {"malformed_chunk", "no_done", "drip"}  # these leave a stream whole, each in a test of its own
    assert set(FaultName) - {*BOTH, *PLAIN_ONLY, *STREAM, *alone} == {"body"}, "it is in test_faults_raw.py"


@by_kind
@pytest.mark.parametrize("fault", [*BOTH, *STREAM])
def test_every_fault_of_a_stream_gets_its_class(sim: Simulator, kind: str, fault: str) -> None:
    expected = {**BOTH, **STREAM}[fault]
    sim.fault(kind, fault)
    with pytest.raises(ProviderError) as raised:
        listen(sim, kind, timeout_s=patience_s(expected))
    assert raised.value.failure.error_class in expected


@by_kind
def test_a_malformed_chunk_does_not_spoil_a_whole_stream(sim: Simulator, kind: str) -> None:
    sim.fault(kind, "malformed_chunk")
    assert listen(sim, kind)[1].text


def test_a_stream_without_its_last_marker_is_cut_for_claude_and_whole_for_the_others(sim: Simulator) -> None:
    for kind in MODELS:
        sim.fault(kind, "no_done")
    assert listen(sim, "openai")[1].text
    assert listen(sim, "gemini")[1].text
    with pytest.raises(ProviderError) as raised:
        listen(sim, "claude")
    assert raised.value.failure.error_class is E.BAD_RESPONSE


@by_account
def test_tools_documents_and_schemas_are_understood(sim: Simulator, kind: str, backend: str) -> None:
    for request in (d.FULL, d.TWO_CALLS, d.UNEVEN, d.DOCUMENTS, d.JSON_OBJECT, d.JSON_SCHEMA):
        answer = ask(sim, kind, backend, request)
        assert answer.text or answer.tool_calls


@by_kind
def test_models_are_listed(sim: Simulator, kind: str) -> None:
    async def call() -> tuple[str, ...]:
        adapter = build(at(sim, kind, "genai"))
        try:
            return await adapter.list_models(timeout_s=5)
        finally:
            await adapter.close()

    assert MODELS[kind] in asyncio.run(call())
