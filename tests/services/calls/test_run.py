"""A call through the whole stack: services, router, real SDKs, the simulated vendors, a real database."""

import pytest
from asgiref.sync import async_to_sync

from llm.core.calls import Answer, CallOptions, Completed, Started
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import TextDelta
from llm.core.exceptions import NoAnswer, RequestRejected, StreamBroken
from llm.models import Call, Circuit, CircuitEvent
from llm.services.calls.run import complete_sync, stream_sync
from llm.services.probes import run as probes
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def ask(text: str = "My tap is leaking in Bonapriso", **options: object) -> Answer:
    request = ChatRequest(messages=(message(Role.USER, text),), language="en")
    return complete_sync(request, options=CallOptions(**options))  # type: ignore[arg-type]


def test_claude_answers_when_all_is_well(sim: Simulator, providers: list[str]) -> None:
    answer = ask()
    assert answer.provider == "claude"
    assert "laude" in answer.completion.text
    assert not answer.degraded
    assert (sim.calls("claude"), sim.calls("gemini"), sim.calls("openai")) == (1, 0, 0)


def test_an_empty_wallet_moves_the_very_next_request_and_all_later_ones(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    answers = [ask() for _ in range(12)]
    assert [a.provider for a in answers] == ["gemini"] * 12
    assert sim.calls("claude") == 1
    circuit = Circuit.objects.get(provider="claude")
    assert (circuit.state, circuit.reason) == ("open", "credit_exhausted")
    assert circuit.retry_at is not None
    assert CircuitEvent.objects.filter(provider="claude", after="open").count() == 1


def test_claude_answers_again_after_a_reset(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    assert ask().provider == "gemini"
    sim.heal("claude")
    assert ask().provider == "gemini"
    assert probes.reset(["claude"], by="ada") == ("claude",)
    assert ask().provider == "claude"


def test_the_static_answer_comes_when_all_are_down(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    answer = ask()
    assert (answer.provider, answer.degraded) == ("static", True)
    assert Call.objects.get(pk=answer.call.id).status == "static"


def test_a_caller_may_refuse_the_static_answer(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    with pytest.raises(NoAnswer) as caught:
        ask(static=False)
    assert caught.value.retry_after_s >= 1


def test_a_request_that_one_vendor_calls_invalid_is_answered_by_the_next(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "invalid_request")
    assert ask().provider == "gemini"


def test_a_request_that_two_vendors_call_invalid_is_rejected(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "invalid_request")
    sim.fault("gemini", "invalid_request")
    with pytest.raises(RequestRejected):
        ask()
    assert sim.calls("openai") == 0


def test_every_attempt_is_recorded(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "credit")
    answer = ask()
    call = Call.objects.get(pk=answer.call.id)
    assert (call.status, call.provider, call.attempts_made) == ("ok", "gemini", 2)
    first, second = call.attempts.all()
    assert (first.provider, first.outcome, first.error_class) == ("claude", "failed", "credit_exhausted")
    assert (second.provider, second.outcome) == ("gemini", "ok")
    assert second.cost_usd is not None
    assert second.cost_usd > 0
    later = Call.objects.get(pk=ask().call.id)
    assert later.skips[0]["provider"] == "claude"
    assert later.skips[0]["reason"] == "credit_exhausted"


def _stream(text: str = "hello") -> list[object]:
    request = ChatRequest(messages=(message(Role.USER, text),), language="en")
    return list(stream_sync(request))


def test_a_stream_opens_flows_and_closes(sim: Simulator, providers: list[str]) -> None:
    events = _stream()
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Completed)
    text = "".join(e.text for e in events if isinstance(e, TextDelta))
    assert text == events[-1].answer.completion.text


def test_a_failure_before_the_first_content_moves_on_silently(sim: Simulator, providers: list[str]) -> None:
    sim.fault("claude", "overloaded")
    events = _stream()
    assert isinstance(events[0], Started)
    assert events[0].provider == "gemini"


def test_a_stream_that_is_cut_everywhere_is_never_reported_as_finished(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "cut")
    request = ChatRequest(messages=(message(Role.USER, "hello"),))
    seen: list[object] = []
    with pytest.raises(StreamBroken):
        seen.extend(stream_sync(request))
    assert Call.objects.get().status == "cut"


def test_a_sync_twin_refuses_a_running_loop(providers: list[str]) -> None:
    async def inside() -> None:
        with pytest.raises(RuntimeError, match="await"):
            ask()

    async_to_sync(inside)()
