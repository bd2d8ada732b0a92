"""The one deadline of a call: slices, reserve, nobody asked twice."""

import asyncio
from dataclasses import replace

import pytest

from llm.core.failures.policy import ErrorClass
from llm.core.routing.next_step import STATIC_RESERVE_S
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import Ride, ScriptedAdapter, Stage, fails, failure, flows, says, silent
from tests.gateway.virtual_time import in_virtual_time


def within(deadline_s: float, **adapters: ScriptedAdapter) -> Stage:
    theatre = Stage(**adapters)
    theatre.deadline_s = deadline_s
    return theatre


def took_s(ride: Ride) -> float:
    return sum(attempt.duration_s for attempt in ride.trail.attempts)


@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_first_provider_leaves_time_for_the_others(*, stream: bool) -> None:
    ride = within(1.2, claude=ScriptedAdapter(silent()), gemini=ScriptedAdapter(says())).go(stream=stream)
    last = ride.events[-1]
    assert isinstance(last, ProviderAnswer)
    assert last.provider == "gemini"
    assert ride.story[0] == ("claude", "timeout")
    assert ride.trail.attempts[0].duration_s == pytest.approx(0.6 * (1.2 - STATIC_RESERVE_S))


@pytest.mark.parametrize("stream", [False, True])
def test_three_silent_providers_end_before_the_reserve_and_none_is_asked_twice(*, stream: bool) -> None:
    theatre = within(1.5, **{n: ScriptedAdapter(silent()) for n in ("claude", "gemini", "openai")})
    ride = theatre.go(stream=stream)
    assert ride.story == [(n, "timeout") for n in ("claude", "gemini", "openai")]
    assert theatre.asked() == {"claude": 1, "gemini": 1, "openai": 1}
    assert took_s(ride) == pytest.approx(1.5 - STATIC_RESERVE_S)
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
    theatre = within(30.0, claude=ScriptedAdapter(silent()), gemini=ScriptedAdapter(says()))
    theatre.candidates["claude"] = replace(theatre.candidates["claude"], attempt_timeout_s=0.1)
    ride = theatre.go()
    assert isinstance(ride.events[-1], ProviderAnswer)
    assert took_s(ride) == pytest.approx(0.1)


def test_late_failures_are_followed_by_no_attempt_beyond_the_deadline() -> None:
    late = flows(0.25, failure(ErrorClass.CONNECTION))
    theatre = within(0.7, **{n: ScriptedAdapter(late) for n in "abcd"})
    ride = theatre.go()
    assert ride.story == [("a", "connection"), ("b", "timeout")]
    assert took_s(ride) + sum(theatre.clock.slept) <= 0.7


def test_many_calls_share_nothing_but_the_circuit() -> None:
    late = flows(0.05, failure(ErrorClass.CONNECTION))
    theatre = within(5.0, claude=ScriptedAdapter(late), gemini=ScriptedAdapter(says()))

    async def burst() -> list[Ride]:
        return await asyncio.gather(*(theatre.ride() for _ in range(20)))

    rides = in_virtual_time(burst())
    assert all(isinstance(ride.events[-1], ProviderAnswer) for ride in rides)
