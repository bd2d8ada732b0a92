"""When a call is hedged, after which silence, and why another one is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm.core.calls import AttemptReason
from llm.core.capacity.snapshot import Capacity, Headroom, Quantiles, SizeClass
from llm.core.chat.request import ChatRequest, Role, Tool, ToolChoice, ToolMode, message
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.scope import Fate
from llm.core.routing.hedging import Hedge, NoHedge, TokenPrice, hedge_for, is_well
from llm.core.routing.plan import Candidate, Plan, RoutePolicy, Stop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROUTE = RoutePolicy(hedge_cap=0.02)
ASKED = ChatRequest(messages=(message(Role.USER, "hello"),))
WITH_TOOLS = replace(ASKED, tools=(Tool(name="pay"),))
CHEAP, DEAR = TokenPrice(input_nano=500, output_nano=1_000), TokenPrice(input_nano=3_000, output_nano=15_000)


def stop(name: str, reason: AttemptReason = AttemptReason.FALLBACK) -> Stop:
    return Stop(candidate=Candidate(name=name, kind="claude", model="m-1"), reason=reason, generation=0)


PLAN = Plan(stops=(stop("claude", AttemptReason.FIRST), stop("gemini")), skips=())


def known(p95: float = 1.8, *, weight: float = 500.0, left: float = 50.0, per_token: float | None = None) -> Capacity:
    return Capacity(
        requests=Headroom(left=left, limit=100),
        first_token={SizeClass.SMALL: Quantiles(p50=0.5, p90=1.3, p95=p95, weight=weight)},
        per_token=None if per_token is None else Quantiles(p50=0.01, p90=per_token, p95=0.05, weight=weight),
    )


def decided(**other: Any) -> Hedge | NoHedge:
    """The decision for a stream of a hour in which all is well, but for what is `other`."""
    words: dict[str, Any] = {
        "route": ROUTE,
        "input_tokens": 100,
        "whole": None,
        "capacities": {"claude": known(), "gemini": known()},
        "prices": {"claude": CHEAP, "gemini": DEAR},
        **other,
    }
    return hedge_for(words.pop("plan", PLAN), words.pop("request", ASKED), **words)


def test_the_next_provider_is_asked_after_the_firsts_own_95th_percentile() -> None:
    assert decided() == Hedge(
        first="claude",
        second="gemini",
        after_s=1.8,
        cap=0.02,
        expected_nano=300_000,
        first_price=CHEAP,
        second_price=DEAR,
    )


@pytest.mark.parametrize(
    ("fate", "hedged"),
    [
        (Fate(account="one"), False),
        (Fate(upstream="cloud"), False),
        (Fate(account="two", project="one"), True),
        (Fate(), True),
    ],
)
def test_a_provider_of_the_same_fate_is_no_second_one(fate: Fate, hedged: bool) -> None:
    first, second = PLAN.stops
    fates = (Fate(account="one", project="one", upstream="cloud"), fate)
    stops = tuple(
        replace(one, candidate=replace(one.candidate, fate=its))
        for one, its in zip((first, second), fates, strict=True)
    )
    decision = decided(plan=replace(PLAN, stops=stops))
    assert isinstance(decision, Hedge) if hedged else decision is NoHedge.ONE_FATE


def test_a_later_provider_of_another_fate_is_asked_beside_the_first() -> None:
    first, sibling = (replace(one, candidate=replace(one.candidate, fate=Fate(account="one"))) for one in PLAN.stops)
    more = {"capacities": {name: known() for name in ("claude", "openai")}, "prices": {"claude": CHEAP, "openai": DEAR}}
    decision = decided(plan=replace(PLAN, stops=(first, sibling, stop("openai"))), **more)
    assert isinstance(decision, Hedge)
    assert (decision.first, decision.second) == ("claude", "openai")


def test_an_answer_in_one_piece_may_take_as_long_as_its_tokens() -> None:
    capacities = {"claude": known(per_token=0.02)}
    hedge = decided(whole=50, capacities=capacities)
    assert isinstance(hedge, Hedge)
    assert hedge.after_s == pytest.approx(1.8 + 50 * 0.02)


def test_a_late_twentieth_does_not_become_the_usual_silence() -> None:
    hedge = decided(capacities={"claude": known(10.0)})
    assert isinstance(hedge, Hedge)
    assert hedge.after_s == pytest.approx(1.5 * 1.3)


def test_no_silence_is_shorter_than_this_machines_own_delays() -> None:
    hedge = decided(capacities={"claude": known(0.004)})
    assert isinstance(hedge, Hedge)
    assert hedge.after_s == 0.1


def test_tools_that_the_model_may_not_use_do_not_matter() -> None:
    assert isinstance(decided(request=replace(WITH_TOOLS, tool_choice=ToolChoice(mode=ToolMode.NONE))), Hedge)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"route": RoutePolicy()}, NoHedge.ROUTE),
        ({"request": WITH_TOOLS}, NoHedge.TOOLS),
        ({"plan": Plan(stops=PLAN.stops[:1], skips=())}, NoHedge.ALONE),
        ({"plan": replace(PLAN, away=(stop("openai").candidate,))}, NoHedge.CIRCUIT),
        ({"plan": replace(PLAN, stops=(*PLAN.stops, stop("openai", AttemptReason.RAMPING)))}, NoHedge.CIRCUIT),
        ({"plan": replace(PLAN, stops=(PLAN.stops[0], stop("gemini", AttemptReason.TRIAL)))}, NoHedge.CIRCUIT),
        ({"plan": replace(PLAN, stops=(stop("claude", AttemptReason.TEST),))}, NoHedge.CIRCUIT),
        ({"capacities": {}}, NoHedge.UNKNOWN_LATENCY),
        ({"capacities": {"claude": known(weight=19)}}, NoHedge.UNKNOWN_LATENCY),
        ({"input_tokens": 5_000}, NoHedge.UNKNOWN_LATENCY),
        ({"whole": 50}, NoHedge.UNKNOWN_LATENCY),
        ({"capacities": {"claude": known(left=19)}}, NoHedge.HEADROOM),
        ({"capacities": {"claude": known(), "gemini": known(left=19)}}, NoHedge.HEADROOM),
        ({"prices": {"claude": CHEAP}}, NoHedge.UNPRICED),
    ],
)
def test_why_a_call_is_not_hedged(other: dict[str, Any], why: NoHedge) -> None:
    assert decided(**other) is why


@pytest.mark.parametrize(
    ("circuit", "well"),
    [
        (Circuit(), True),
        (Circuit(state=CircuitState.OPEN), False),
        (Circuit(state=CircuitState.HALF_OPEN), False),
        (Circuit(ramping=True), False),
        (Circuit(throttled_until=NOW + timedelta(seconds=9)), False),
    ],
)
def test_only_a_closed_circuit_with_all_its_traffic_takes_a_second_request(circuit: Circuit, *, well: bool) -> None:
    assert is_well(circuit) is well
