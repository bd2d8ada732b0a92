"""Whether a call was a fallback is stored with it, whatever let the second provider answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from llm.core.calls import AttemptReason
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.override import Mode
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.circuit.window import record
from llm.core.failures.policy import ErrorClass
from llm.models import Attempt, Call
from llm.services.analytics.question import Question
from llm.services.analytics.report import report
from llm.services.calls.run import complete_sync
from llm.services.control import override
from llm.services.runtime import call_log
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en")


def put(provider: str, circuit: Circuit) -> None:
    circuit_store.change_now(provider, lambda _: circuit, by="test")


def open_for(seconds: float) -> Circuit:
    now = datetime.now(UTC)
    return Circuit(
        state=CircuitState.OPEN, reason=ErrorClass.SERVER_ERROR, since=now, until=now + timedelta(seconds=seconds)
    )


def claude_fails(sim: Simulator) -> None:
    sim.fault("claude", "credit")


def claude_is_out(sim: Simulator) -> None:
    put("claude", open_for(60))


def gemini_is_on_trial(sim: Simulator) -> None:
    claude_is_out(sim)
    put("gemini", open_for(-1))


def gemini_is_forced_closed(sim: Simulator) -> None:
    claude_is_out(sim)
    override("gemini", Mode.FORCE_CLOSED, by="ada")


def claude_returns(sim: Simulator) -> None:
    now = datetime.now(UTC)
    put("claude", Circuit(ramping=True, since=now))
    put("openai", Circuit(window=record((), now.timestamp(), ok=100)))  # with few calls it would return at once


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (claude_fails, AttemptReason.FALLBACK),
        (claude_is_out, AttemptReason.FALLBACK),
        (gemini_is_on_trial, AttemptReason.TRIAL),
        (gemini_is_forced_closed, AttemptReason.FORCED_CLOSED),
        (claude_returns, AttemptReason.FALLBACK),
    ],
)
def test_an_answer_of_the_second_provider_is_a_fallback(
    sim: Simulator,
    providers: list[str],
    monkeypatch: pytest.MonkeyPatch,
    situation: Callable[[Simulator], None],
    reason: AttemptReason,
) -> None:
    monkeypatch.setattr("llm.services.runtime.clock.random", lambda: 0.99)  # beyond a returning provider's share
    situation(sim)
    answer = complete_sync(QUESTION)
    call_log.flush()
    call = Call.objects.get(pk=answer.call.id)
    assert (answer.provider, call.fallback) == ("gemini", True)
    assert Attempt.objects.get(call=call, provider="gemini").reason == reason
    now = datetime.now(UTC)
    hours = Question(start=now - timedelta(hours=1), end=now + timedelta(hours=1), zone=ZoneInfo("UTC"))
    assert report(hours).totals.fallbacks == 1


def test_an_answer_of_the_first_provider_is_none(sim: Simulator, providers: list[str]) -> None:
    call = Call.objects.get(pk=complete_sync(QUESTION).call.id)
    assert (call.provider, call.fallback) == ("claude", False)


def test_a_static_answer_is_none(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    call = Call.objects.get(pk=complete_sync(QUESTION).call.id)
    assert (call.provider, call.fallback) == ("static", False)
