"""A caller who goes away, at every point of a call: the attempt is recorded as cancelled, no lease is kept."""

import asyncio
from datetime import timedelta

import pytest

from llm.core.calls import Outcome
from llm.core.chat.response import Done, TextDelta
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import ErrorClass
from tests.gateway.doubles import Ride, Script, ScriptedAdapter, Stage, completion, fails, flows, silent
from tests.gateway.virtual_time import NOON, in_virtual_time

DUE = Circuit(
    state=CircuitState.OPEN,
    generation=1,
    reason=ErrorClass.SERVER_ERROR,
    since=NOON,
    until=NOON - timedelta(seconds=1),
    trips=1,
)
SLOW_STREAM = flows(0.01, TextDelta(text="a"), 0.01, TextDelta(text="b"), 0.01, Done(completion=completion("ab")))


async def cancelled_after(theatre: Stage, turns: int, *, stream: bool) -> tuple[Ride, bool]:
    """A call that is cancelled after so many turns of the event loop; whether it was still under way."""
    ride = Ride(theatre.context(stream=stream))
    task = asyncio.create_task(theatre.ride(stream=stream, into=ride))
    for _ in range(turns):
        await asyncio.sleep(0)
    still = not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return ride, still


@pytest.mark.parametrize("script", [silent(), SLOW_STREAM, fails(ErrorClass.SERVER_ERROR)])
@pytest.mark.parametrize("stream", [False, True])
def test_no_turn_of_the_loop_loses_an_attempt_or_keeps_a_lease(script: Script, *, stream: bool) -> None:
    for turns in range(40):
        theatre = Stage({"claude": DUE}, claude=ScriptedAdapter(script), gemini=ScriptedAdapter(silent()))
        ride, still = in_virtual_time(cancelled_after(theatre, turns, stream=stream))
        assert theatre.circuits.known["claude"].trial_holder == "", f"after {turns} turns"
        begun = [(a.seq, a.provider) for a in theatre.log.begun]
        told = [(a.seq, a.provider) for a in ride.trail.attempts]
        assert told == begun, f"after {turns} turns"
        if still and theatre.adapters["gemini"].calls:
            assert ride.trail.attempts[-1].outcome is Outcome.CANCELLED


def test_a_cancelled_attempt_says_nothing_of_the_providers_health() -> None:
    theatre = Stage(claude=ScriptedAdapter(silent()))
    ride, _ = in_virtual_time(cancelled_after(theatre, 20, stream=False))
    assert ride.story == [("claude", "cancelled")]
    assert theatre.circuits.known.get("claude", Circuit()) == Circuit()
    assert theatre.adapters["claude"].abandoned == 1


def test_a_call_that_is_cancelled_in_its_pause_makes_no_second_attempt() -> None:
    theatre = Stage(claude=ScriptedAdapter(fails(ErrorClass.SERVER_ERROR)))

    async def leave() -> None:
        entered = asyncio.Event()

        async def sleep(seconds: float) -> None:
            entered.set()
            await asyncio.sleep(60)

        theatre.clock.sleep = sleep  # type: ignore[method-assign]
        task = asyncio.create_task(theatre.ride())
        await entered.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    in_virtual_time(leave())
    assert theatre.asked() == {"claude": 1}
