"""Two attempts at once, among doubles: who is kept, who is cancelled, and what stands on record."""

import asyncio
from dataclasses import replace

import pytest

from llm.core.calls import AttemptReason, Outcome, Started
from llm.core.capacity.sample import Ending
from llm.core.capacity.snapshot import Capacity, Headroom
from llm.core.chat.response import Alive, Done, Metered, TextDelta, Usage
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass
from llm.core.routing.hedging import Hedge, TokenPrice
from llm.core.routing.plan import RoutePolicy
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import (
    Ride,
    Script,
    ScriptedAdapter,
    Stage,
    completion,
    fails,
    failure,
    flows,
    says,
    silent,
)
from tests.gateway.virtual_time import in_virtual_time

PRICE = TokenPrice(input_nano=1_000, output_nano=5_000)
HEDGE = Hedge(
    first="claude", second="gemini", after_s=0.02, cap=0.02, expected_nano=1_000, first_price=PRICE, second_price=PRICE
)


def hedged(first: Script, second: Script, **more: Script) -> Stage:
    """A route that hedges and has earned enough for it."""
    adapters = {name: ScriptedAdapter(script) for name, script in {"claude": first, "gemini": second, **more}.items()}
    stage = Stage(**adapters)
    stage.route, stage.hedge = RoutePolicy(hedge_cap=0.02), HEDGE
    stage.purse.book("default", None, base_nano=1_000_000, extra_nano=0)
    return stage


def outcomes(ride: Ride) -> list[tuple[int, str, Outcome]]:
    return [(attempt.seq, attempt.provider, attempt.outcome) for attempt in ride.trail.attempts]


@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_provider_loses_to_the_next_one(*, stream: bool) -> None:
    stage = hedged(silent(), says("from gemini"))
    ride = stage.go(stream=stream)
    assert outcomes(ride) == [(1, "claude", Outcome.HEDGED), (2, "gemini", Outcome.OK)]
    assert stage.adapters["claude"].abandoned == 1
    assert [(a.seq, a.provider) for a in stage.log.begun] == [(1, "claude"), (2, "gemini")]
    first, *_, last = ride.events
    assert isinstance(first, Started)
    assert (first.provider, first.attempts) == ("gemini", 2)
    assert isinstance(last, ProviderAnswer)
    assert (last.provider, last.completion.text) == ("gemini", "from gemini")
    assert ride.trail.attempts[1].reason is AttemptReason.HEDGE
    assert ride.trail.attempts[1].why == "claude was silent for 0.02 s, longer than usual"


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_speaks_after_all_is_kept_and_the_next_one_cancelled(*, stream: bool) -> None:
    late = flows(0.4, TextDelta(text="well"), 0.02, TextDelta(text="!"), Done(completion=completion("well!")))
    ride = hedged(late, silent()).go(stream=stream)
    assert outcomes(ride) == [(1, "claude", Outcome.OK), (2, "gemini", Outcome.HEDGED)]
    assert [event.text for event in ride.events if isinstance(event, TextDelta)] == (["well", "!"] if stream else [])


def test_the_rival_may_stand_behind_a_provider_that_is_no_second_one() -> None:
    stage = hedged(silent(), says("a sibling"), openai=says("from openai"))
    stage.hedge = replace(HEDGE, second="openai")
    ride = stage.go(stream=True)
    assert outcomes(ride) == [(1, "claude", Outcome.HEDGED), (2, "openai", Outcome.OK)]
    assert stage.asked() == {"claude": 1, "gemini": 0, "openai": 1}


def test_a_provider_that_is_quick_has_no_rival() -> None:
    stage = hedged(says(), says())
    assert outcomes(stage.go(stream=True)) == [(1, "claude", Outcome.OK)]
    assert stage.asked() == {"claude": 1, "gemini": 0}


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_at_work_on_its_reasoning_is_not_silent(*, stream: bool) -> None:
    reasons = flows(Alive(works=True), 0.06, TextDelta(text="well"), Done(completion=completion()))
    assert outcomes(hedged(reasons, says()).go(stream=stream)) == [(1, "claude", Outcome.OK)]


def test_headers_alone_are_no_speech() -> None:
    waits = flows(Alive(), 0.4, TextDelta(text="well"), Done(completion=completion()))
    assert outcomes(hedged(waits, says()).go(stream=True))[0] == (1, "claude", Outcome.HEDGED)


def test_circuits_hear_nothing_of_an_attempt_that_lost() -> None:
    stage = hedged(silent(), says())
    stage.go(stream=True)
    assert set(stage.circuits.known) == {"gemini"}


def test_capacity_learns_how_long_the_first_was_silent_and_nothing_of_a_second_that_lost() -> None:
    stage = hedged(silent(), says())
    stage.go(stream=True)
    (provider, silence), (_, answer) = stage.capacities.learned
    assert (provider, silence.ending, answer.ending) == ("claude", Ending.HEDGED, Ending.ANSWERED)
    assert silence.first_s is not None
    assert silence.first_s >= HEDGE.after_s
    stage = hedged(flows(0.4, *says().steps), silent())
    stage.go(stream=True)
    assert [(provider, sample.ending) for provider, sample in stage.capacities.learned] == [
        ("gemini", Ending.OTHER),
        ("claude", Ending.ANSWERED),
    ]


class TestBill:
    def test_the_request_of_a_lost_attempt_counts_as_billed(self) -> None:
        lost = hedged(silent(), says()).go(stream=True).trail.attempts[0]
        assert lost.estimated
        assert lost.usage.input > 0
        assert lost.usage.output == 0

    def test_the_vendors_own_count_is_preferred(self) -> None:
        metered = flows(Metered(usage=Usage(input=321)), 60.0)
        lost = hedged(metered, says()).go(stream=True).trail.attempts[0]
        assert (lost.usage, lost.estimated) == (Usage(input=321), False)


class TestFailures:
    def test_the_rival_goes_on_alone_when_the_first_fails(self) -> None:
        ride = hedged(flows(0.4, failure(ErrorClass.SERVER_ERROR)), flows(0.6, *says().steps)).go(stream=True)
        assert ride.story == [("claude", "server_error"), ("gemini", "ok")]

    def test_the_first_goes_on_alone_when_its_rival_fails(self) -> None:
        ride = hedged(flows(0.4, *says().steps), fails(ErrorClass.SERVER_ERROR)).go(stream=True)
        assert ride.story == [("claude", "ok"), ("gemini", "server_error")]

    def test_the_third_is_asked_when_both_fail(self) -> None:
        bad = failure(ErrorClass.AUTH)
        ride = hedged(flows(0.4, bad), flows(0.02, bad), openai=says()).go(stream=True)
        assert ride.story == [("claude", "auth"), ("gemini", "auth"), ("openai", "ok")]

    def test_a_first_that_fails_early_is_followed_as_always(self) -> None:
        ride = hedged(fails(ErrorClass.AUTH), says()).go(stream=True)
        assert [attempt.reason for attempt in ride.trail.attempts] == [AttemptReason.FIRST, AttemptReason.FALLBACK]

    def test_a_refusal_ends_both_where_the_route_stops_at_refusals(self) -> None:
        ride = hedged(flows(0.4, failure(ErrorClass.CONTENT_FILTERED)), silent()).go(stream=True)
        assert ride.story == [("claude", "content_filtered"), ("gemini", "hedged")]
        assert ride.end is not None
        assert ride.end.rejected

    def test_the_loser_continues_an_answer_that_breaks_off(self) -> None:
        breaks = flows(0.4, TextDelta(text="One two three four "), failure(ErrorClass.CONNECTION))
        stage = hedged(breaks, flows(60.0))
        stage.adapters["gemini"] = ScriptedAdapter(silent(), says("five"))
        ride = stage.go(stream=True)
        assert [provider for provider, _ in ride.story] == ["claude", "gemini", "gemini"]
        assert ride.trail.attempts[-1].reason is AttemptReason.CONTINUATION


class TestBounds:
    def test_an_empty_purse_asks_nobody(self) -> None:
        stage = hedged(flows(0.4, *says().steps), says())
        stage.purse.clear()
        assert outcomes(stage.go(stream=True)) == [(1, "claude", Outcome.OK)]

    @pytest.mark.parametrize("provider", ["claude", "gemini"])
    def test_a_circuit_that_has_changed_since_the_plan_ends_it(self, provider: str) -> None:
        stage = hedged(flows(0.4, *says().steps), says())
        context = stage.context(stream=True)
        stage.circuits.known[provider] = Circuit(ramping=True, since=stage.clock.now())
        ride = in_virtual_time(stage.ride(stream=True, into=Ride(context)))
        assert outcomes(ride) == [(1, "claude", Outcome.OK)]

    @pytest.mark.parametrize("provider", ["claude", "gemini"])
    def test_a_provider_near_its_limit_ends_it(self, provider: str) -> None:
        stage = hedged(flows(0.4, *says().steps), says())
        stage.capacities.known = {provider: Capacity(requests=Headroom(left=19, limit=100))}
        assert outcomes(stage.go(stream=True)) == [(1, "claude", Outcome.OK)]


@pytest.mark.parametrize("stream", [False, True])
def test_a_caller_who_leaves_cancels_both_and_no_attempt_is_lost(*, stream: bool) -> None:
    async def leaves(after: int) -> tuple[Stage, Ride]:
        stage = hedged(silent(), flows(0.0, 0.0, TextDelta(text="a"), 0.0, 60.0))
        stage.hedge = replace(HEDGE, after_s=0.0)
        ride = Ride(stage.context(stream=stream))
        task = asyncio.create_task(stage.ride(stream=stream, into=ride))
        for _ in range(after):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return stage, ride

    seen = set()
    for turns in range(40):
        stage, ride = in_virtual_time(leaves(turns))
        assert [(a.seq, a.provider) for a in ride.trail.attempts] == [(a.seq, a.provider) for a in stage.log.begun]
        seen.add(tuple(str(attempt.outcome) for attempt in ride.trail.attempts))
    assert {("cancelled", "cancelled"), ("hedged", "cancelled")} <= seen
