"""Hedged calls against vendors over real HTTP: records, costs, budgets, and the vendor's side of a cancellation."""

from dataclasses import replace
from decimal import Decimal

import pytest

from llm.core.capacity.snapshot import Capacity, Quantiles, SizeClass
from llm.core.chat.request import ChatRequest, Role, Tool, message
from llm.models import Attempt, Budget, Call, LedgerBooking, Route
from llm.services.calls.run import complete_sync, stream_sync
from llm.services.runtime import call_log, purse
from llm.simulator import Simulator
from llm.stores.capacity.here import capacity_store

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = ChatRequest(messages=(message(Role.USER, "My tap is leaking. " * 20),), language="en", max_tokens=500)
USUAL = Capacity(first_token={SizeClass.SMALL: Quantiles(p50=0.05, p90=0.1, p95=0.15, weight=100)})


@pytest.fixture
def hedging(sim: Simulator, providers: list[str]) -> Simulator:
    """The default route hedges, has earned enough, and Claude's first token comes after ten seconds."""
    Route.objects.update_or_create(name="default", defaults={"hedge": True})
    purse.book("default", None, base_nano=10**12, extra_nano=0)
    sim.fault("claude", "slow_first_token", delay=10)
    return sim


@pytest.fixture(autouse=True)
def _usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity_store, "read", lambda: {"claude": USUAL, "gemini": USUAL})


@pytest.mark.parametrize("stream", [False, True])
def test_a_slow_first_token_is_not_waited_for(hedging: Simulator, *, stream: bool) -> None:
    if stream:
        *_, last = stream_sync(QUESTION)
        answer = last.answer  # type: ignore[union-attr]
    else:
        answer = complete_sync(QUESTION)
    call_log.flush()
    call = Call.objects.get(pk=answer.call.id)
    lost, won = Attempt.objects.filter(call=call).order_by("seq")
    assert (lost.provider, lost.outcome, lost.error_class) == ("claude", "hedged", "")
    assert (won.provider, won.outcome, won.reason) == ("gemini", "ok", "hedge")
    assert lost.input_tokens > 0
    assert lost.cost_usd > Decimal(0)
    assert call.cost_usd == lost.cost_usd + won.cost_usd == answer.trail.cost_usd
    assert call.input_tokens == lost.input_tokens + won.input_tokens
    assert hedging.answered("claude")[-1].abandoned


def test_tools_keep_a_call_from_being_hedged(hedging: Simulator) -> None:
    hedging.fault("claude", "slow_first_token", delay=0.4)
    answer = complete_sync(replace(QUESTION, tools=(Tool(name="pay"),)))
    assert [(a.provider, a.outcome) for a in answer.trail.attempts] == [("claude", "ok")]


@pytest.mark.parametrize(("tokens", "outcomes"), [(1_000, ["ok"]), (5_000, ["hedged", "ok"])])
def test_a_budget_must_have_room_for_both_attempts(hedging: Simulator, tokens: int, outcomes: list[str]) -> None:
    """One attempt takes at most 627 tokens here. A call is not refused for want of room for two: it is not hedged."""
    hedging.fault("claude", "slow_first_token", delay=1)
    Budget.objects.create(name="all", tokens=tokens, span="total")
    answer = complete_sync(QUESTION)
    assert [a.outcome for a in answer.trail.attempts] == outcomes
    call_log.flush()
    assert LedgerBooking.objects.get(call_id=answer.call.id).amount == answer.trail.usage.total
