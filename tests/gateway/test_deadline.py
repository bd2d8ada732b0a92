"""The one deadline of a call, on the real clock scaled down: slices, reserve, nobody asked twice."""

import asyncio
from dataclasses import replace
from time import monotonic

import pytest

from llm.core.failures.policy import ErrorClass
from llm.core.routing.next_step import STATIC_RESERVE_S
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import RealClock, Ride, ScriptedAdapter, Stage, fails, failure, flows, says, silent


def real(theatre: Stage, deadline_s: float) -> Stage:
    theatre.clock, theatre.deadline_s = RealClock(), deadline_s
    return theatre


def timed(theatre: Stage, *, stream: bool = False) -> tuple[Ride, float]:
    started = monotonic()
    return theatre.go(stream=stream), monotonic() - started


@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_first_provider_leaves_time_for_the_others(*, stream: bool) -> None:
    theatre = real(Stage(claude=ScriptedAdapter(silent()), gemini=ScriptedAdapter(says())), 1.2)
    ride, _ = timed(theatre, stream=stream)
    last = ride.events[-1]
    assert isinstance(last, ProviderAnswer)
    assert last.provider == "gemini"
    assert ride.story[0] == ("claude", "timeout")
    assert ride.trail.attempts[0].duration_s > 0.5


@pytest.mark.parametrize("stream", [False, True])
def test_three_silent_providers_end_before_the_reserve_and_none_is_asked_twice(*, stream: bool) -> None:
    theatre = real(Stage(**{n: ScriptedAdapter(silent()) for n in ("claude", "gemini", "openai")}), 1.5)
    ride, took = timed(theatre, stream=stream)
    assert ride.story == [(n, "timeout") for n in ("claude", "gemini", "openai")]
    assert theatre.asked() == {"claude": 1, "gemini": 1, "openai": 1}
    assert 1.2 < took < 25  # each alone would take 30 s
    assert ride.end is not None
    assert not ride.end.rejected


def test_the_slices_of_ten_seconds_are_those_of_the_table() -> None:
    theatre = Stage(**{n: ScriptedAdapter(fails(ErrorClass.TIMEOUT)) for n in ("claude", "gemini", "openai")})
    theatre.question = replace(theatre.question, max_tokens=16)
    theatre.deadline_s = 10.0
    theatre.go()
    usable = 10.0 - STATIC_RESERVE_S
    limits = [a.limits[0] for a in theatre.adapters.values()]
    assert limits == pytest.approx([0.6 * usable, 0.6 * usable, usable])  # nobody used any time


def test_a_providers_own_limit_is_kept_when_it_is_shorter() -> None:
    theatre = real(Stage(claude=ScriptedAdapter(silent()), gemini=ScriptedAdapter(says())), 30.0)
    theatre.candidates["claude"] = replace(theatre.candidates["claude"], attempt_timeout_s=0.1)
    ride, took = timed(theatre)
    assert isinstance(ride.events[-1], ProviderAnswer)
    assert took < 25  # of 30


def test_late_failures_are_followed_by_no_attempt_beyond_the_deadline() -> None:
    theatre = real(Stage(**{n: ScriptedAdapter(flows(0.25, failure(ErrorClass.CONNECTION))) for n in "abcd"}), 0.7)
    ride, took = timed(theatre)
    assert len(ride.story) <= 3
    assert took < 25


def test_many_calls_share_nothing_but_the_circuit() -> None:
    theatre = real(
        Stage(claude=ScriptedAdapter(flows(0.05, failure(ErrorClass.CONNECTION))), gemini=ScriptedAdapter(says())), 5.0
    )

    async def burst() -> list[Ride]:
        return await asyncio.gather(*(theatre.ride() for _ in range(20)))

    rides = asyncio.run(burst())
    assert all(isinstance(ride.events[-1], ProviderAnswer) for ride in rides)
