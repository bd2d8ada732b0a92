"""Streams through the loop: nothing before the first content, no second voice after it, every pause bounded."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from llm.core.calls import Outcome, Started
from llm.core.chat.response import Alive, Done, StreamEvent, TextDelta, ToolCallDelta
from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass, ProviderError
from llm.core.routing.next_step import SHARE_WHILE_OTHERS, SILENCE_S, STATIC_RESERVE_S
from llm.core.routing.plan import RoutePolicy
from llm.gateway import time_limits
from llm.gateway.router import ProviderAnswer
from tests.gateway.doubles import Script, ScriptedAdapter, Stage, completion, fails, failure, flows, says
from tests.gateway.virtual_time import in_virtual_time

HI = TextDelta(text="hi")
DONE = Done(completion=completion("hi"))
CUT = failure(ErrorClass.BAD_RESPONSE)


def stage(*scripts: Script) -> Stage:
    return Stage(claude=ScriptedAdapter(*scripts), gemini=ScriptedAdapter(says("from gemini")))


def within(deadline_s: float, theatre: Stage) -> Stage:
    theatre.deadline_s = deadline_s
    return theatre


def test_an_answered_stream_speaks_flows_and_ends() -> None:
    ride = stage(flows(Alive(), HI, Alive(), HI, DONE)).go(stream=True)
    assert [type(e) for e in ride.events] == [Started, TextDelta, Alive, TextDelta, ProviderAnswer]
    assert ride.trail.attempts[0].first_token_s is not None


def test_a_model_at_work_on_its_reasoning_is_not_silent() -> None:
    reasoning = [step for _ in range(8) for step in (Alive(works=True), 6.0)]
    ride = stage(flows(*reasoning, HI, DONE)).go(stream=True)
    assert ride.story == [("claude", "ok")]


@pytest.mark.parametrize("stream", [False, True])
def test_a_vendor_that_talks_slowly_is_not_cut(*, stream: bool) -> None:
    slow = [step for _ in range(5) for step in (HI, 9.0)]
    ride = stage(flows(*slow, DONE)).go(stream=stream)
    assert ride.story == [("claude", "ok")]


@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_vendor_is_left_early(*, stream: bool) -> None:
    ride = stage(flows(60.0, HI, DONE)).go(stream=stream)
    assert ride.story == [("claude", "timeout"), ("gemini", "ok")]
    assert ride.trail.attempts[0].duration_s == pytest.approx(SILENCE_S)


def test_a_stream_that_stalls_leaves_the_next_provider_its_slice() -> None:
    ride = within(1.0, stage(flows(HI, 60.0, DONE))).go(stream=True)
    assert ride.trail.attempts[0].duration_s == pytest.approx(SHARE_WHILE_OTHERS * (1.0 - STATIC_RESERVE_S))
    assert [name for name, _ in ride.story] == ["claude", "gemini"]


def test_a_plain_answer_yields_no_pieces() -> None:
    ride = stage(flows(Alive(), HI, HI, DONE)).go()
    assert [type(e) for e in ride.events] == [Started, ProviderAnswer]


def test_a_tool_call_in_pieces_is_content_where_the_route_asks_for_it() -> None:
    theatre = stage(flows(ToolCallDelta(index=0, id="t-1", name="book"), CUT))
    theatre.route = RoutePolicy(live_tool_calls=True)
    ride = theatre.go(stream=True)
    assert ride.end is not None
    assert ride.end.committed


@pytest.mark.parametrize("error", [ErrorClass.CREDIT_EXHAUSTED, ErrorClass.OVERLOADED, ErrorClass.TIMEOUT])
def test_a_failure_before_the_first_content_moves_on_silently(error: ErrorClass) -> None:
    ride = stage(flows(Alive(), Alive(), failure(error))).go(stream=True)
    speaker = ride.events[0]
    assert isinstance(speaker, Started)
    assert speaker.provider == "gemini"
    assert not any(isinstance(e, Alive) for e in ride.events)


def test_a_stream_that_ends_without_its_end_marker_is_cut() -> None:
    ride = stage(flows(HI)).go(stream=True)
    assert ride.story[0] == ("claude", "bad_response")


def test_an_empty_stream_with_an_end_is_an_answer() -> None:
    ride = stage(flows(Alive(), DONE)).go(stream=True)
    assert [type(e) for e in ride.events] == [Started, ProviderAnswer]


def test_a_request_that_cannot_be_is_rejected_in_a_stream_too() -> None:
    refusing = ScriptedAdapter(fails(ErrorClass.INVALID_REQUEST))
    ride = Stage(claude=refusing, gemini=refusing).go(stream=True)
    assert ride.end is not None
    assert ride.end.rejected
    assert not ride.end.committed


def test_signs_of_life_do_not_put_off_the_first_token_limit() -> None:
    pings = [step for _ in range(20) for step in (Alive(), 1.0)]
    theatre = stage(flows(*pings, HI, DONE))
    ride = theatre.go(stream=True)
    assert ride.story == [("claude", "timeout"), ("gemini", "ok")]
    assert theatre.adapters["claude"].abandoned == 1


def test_a_stream_that_falls_silent_after_content_is_ended_by_the_idle_limit() -> None:
    ride = stage(flows(HI, 60.0, DONE)).go(stream=True)
    assert ride.story[0] == ("claude", "timeout")
    failure = ride.trail.attempts[0].failure
    assert failure is not None
    assert "silent" in failure.message


def test_signs_of_life_keep_a_stream_with_content_going() -> None:
    pings = [step for _ in range(6) for step in (Alive(), 8.0)]
    ride = stage(flows(HI, *pings, HI, DONE)).go(stream=True)
    assert isinstance(ride.events[-1], ProviderAnswer)


def test_a_stream_may_outlast_its_slice_but_not_the_deadline() -> None:
    drip = [step for _ in range(100) for step in (HI, 0.03)]
    ride = within(0.8, stage(flows(*drip, DONE))).go(stream=True)
    assert ride.end is not None
    assert ride.end.committed
    assert 0.36 < ride.trail.attempts[0].duration_s <= 0.8 - STATIC_RESERVE_S  # the whole drip takes 3 s


def test_a_reader_who_leaves_ends_the_vendors_stream() -> None:
    theatre = stage(flows(HI, 60.0, DONE))

    async def leave() -> None:
        ride = asyncio.create_task(theatre.ride(stream=True))
        while theatre.adapters["claude"].calls == 0:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        ride.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ride

    in_virtual_time(leave())
    assert theatre.adapters["claude"].abandoned == 1
    assert theatre.circuits.known.get("claude") is None or theatre.circuits.known["claude"].state is CircuitState.CLOSED
    assert theatre.log.begun[0].outcome is Outcome.INTERRUPTED


async def _quickly(count: int, pause_s: float = 0.0) -> AsyncGenerator[StreamEvent]:
    for _ in range(count):
        await asyncio.sleep(pause_s)
        yield HI
    await asyncio.sleep(60)


def test_one_timer_watches_a_whole_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> int:
        loop = asyncio.get_running_loop()
        made: list[float] = []
        call_at = loop.call_at

        def counted(when: float, *rest: Any, **more: Any) -> asyncio.TimerHandle:
            made.append(when)
            return call_at(when, *rest, **more)

        monkeypatch.setattr(loop, "call_at", counted)
        with time_limits.StreamLimits(silence_s=30.0, whole_s=60.0, shared=False) as limits:
            events = _quickly(50)
            for _ in range(50):
                assert await limits.next(events) is HI
            await events.aclose()
        return len(made)

    assert in_virtual_time(call()) <= 2  # until the first content, and after it


def test_a_caller_that_takes_its_time_between_events_is_not_cut() -> None:
    async def call() -> int:
        with time_limits.StreamLimits(silence_s=1.0, whole_s=60.0, shared=False) as limits:
            events = _quickly(3, 0.2)
            for _ in range(3):
                await limits.next(events)
                await asyncio.sleep(2.0)
            await events.aclose()
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert in_virtual_time(call()) == 0


@pytest.mark.parametrize("before_s", [0.0, 0.5], ids=["first", "later"])
def test_silence_ends_the_wait_alone_and_a_callers_cancellation_the_task(before_s: float) -> None:
    async def wait(count: int) -> tuple[ErrorClass, int]:
        with time_limits.StreamLimits(silence_s=2.0, whole_s=60.0, shared=False) as limits:
            events = _quickly(count, before_s)
            for _ in range(count):
                await limits.next(events)
            with pytest.raises(ProviderError) as raised:
                await limits.next(events)
        task = asyncio.current_task()
        assert task is not None
        await asyncio.sleep(0)  # a cancellation that is still due would come here
        return raised.value.failure.error_class, task.cancelling()

    async def call() -> None:
        count = 2 if before_s else 0
        assert await wait(count) == (ErrorClass.TIMEOUT, 0)
        task = asyncio.create_task(wait(count))
        await asyncio.sleep(0.1 + 2 * before_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    in_virtual_time(call())
