"""The time limits of one attempt. They bound whole waits; an SDK's own timeout bounds single reads only.

A server that drips bytes would else hold a call for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from llm.core.chat.response import Alive, Metered, StreamEvent
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.next_step import SHARE_WHILE_OTHERS

Result = TypeVar("Result")

IDLE_S = 15.0
"""Between two events of a stream whose model is at work."""


class StreamLimits:
    """Waits for the events of one stream, in seconds counted from now.

    Until the model is at work only `silence_s` counts. After it the stream may go on for `whole_s`, with at most
    `IDLE_S` between events; `shared` keeps a slice of what is left for the next provider, should it stall. As a context
    it removes its timer at the end.
    """

    def __init__(self, *, silence_s: float, whole_s: float, shared: bool) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._first_by = now + silence_s
        self._end_by = now + whole_s
        self._shared = shared
        self._works = False
        self._alarm = _Alarm(self._loop)

    def __enter__(self) -> "StreamLimits":
        return self

    def __exit__(self, *_: object) -> None:
        self._alarm.remove()

    async def next(self, events: AsyncIterator[StreamEvent]) -> StreamEvent:
        """The next event. Raises ProviderError: timeout, or bad_response when the stream ends before `Done`."""
        now = self._loop.time()
        left_s = self._end_by - now
        if not self._works:
            limit_s, silence = min(left_s, self._first_by - now), "no first token"
        else:
            limit_s = min(IDLE_S, left_s * SHARE_WHILE_OTHERS if self._shared else left_s)
            silence = "the stream fell silent"
        self._alarm.set(now + limit_s)
        try:
            event = await anext(events, None)
        except asyncio.CancelledError:
            if self._alarm.rang():
                raise _too_late(silence, limit_s) from None
            raise
        finally:
            self._alarm.unset()
        if event is None:
            message = "the stream ended without its end marker"
            raise ProviderError(Failure(error_class=ErrorClass.BAD_RESPONSE, message=message))
        if not self._works:
            self._works = is_at_work(event)
        return event


def is_at_work(event: StreamEvent) -> bool:
    """Whether the event shows that the model is at work: content, or reasoning."""
    return not isinstance(event, Alive | Metered) or (isinstance(event, Alive) and event.works)


class _Alarm:
    """Cancels the task that has set it, unless that unsets it in time; what `asyncio.timeout` does, for many waits.

    It keeps one timer of the loop, which is moved when it fires before its time: a timer for each wait costs more than
    most waits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = 0.0
        self._due: float | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._rings = False

    def set(self, due: float) -> None:
        self._due, self._rings = due, False
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task is not None else 0
        if self._timer is None or due < self._fires_at:
            self._start(due)

    def unset(self) -> None:
        self._due = None
        if self._rings and self._task is not None:
            self._rings = False
            self._task.uncancel()

    def rang(self) -> bool:
        """Whether the cancellation that has come is the alarm's own and the only one. Takes it back."""
        if not self._rings or self._task is None:
            return False
        self._rings = False
        return self._task.uncancel() <= self._cancelling

    def remove(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, due: float) -> None:
        self.remove()
        self._fires_at = due
        self._timer = self._loop.call_at(due, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._due is None or self._task is None:
            return
        if self._due > self._fires_at:
            self._start(self._due)
            return
        self._rings = True
        self._task.cancel()


async def within(seconds: float, work: Awaitable[Result], failing: str) -> Result:
    """The result of `work`. Raises ProviderError (timeout) that begins with `failing` after so many seconds."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await work
    except TimeoutError:
        raise _too_late(failing, seconds) from None


def _too_late(failing: str, seconds: float) -> ProviderError:
    return ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message=f"{failing} within {seconds:.1f} s"))
