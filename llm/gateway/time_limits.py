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
    `IDLE_S` between events; `shared` keeps a slice of what is left for the next provider, should it stall.
    """

    def __init__(self, *, silence_s: float, whole_s: float, shared: bool) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._first_by = now + silence_s
        self._end_by = now + whole_s
        self._shared = shared
        self._works = False

    async def next(self, events: AsyncIterator[StreamEvent]) -> StreamEvent:
        """The next event. Raises ProviderError: timeout, or bad_response when the stream ends before `Done`."""
        now = self._loop.time()
        left_s = self._end_by - now
        if not self._works:
            limit_s, silence = min(left_s, self._first_by - now), "no first token"
        else:
            limit_s = min(IDLE_S, left_s * SHARE_WHILE_OTHERS if self._shared else left_s)
            silence = "the stream fell silent"
        event = await within(limit_s, anext(events, None), silence)
        if event is None:
            message = "the stream ended without its end marker"
            raise ProviderError(Failure(error_class=ErrorClass.BAD_RESPONSE, message=message))
        self._works = (
            self._works or not isinstance(event, Alive | Metered) or (isinstance(event, Alive) and event.works)
        )
        return event


async def within(seconds: float, work: Awaitable[Result], failing: str) -> Result:
    """The result of `work`. Raises ProviderError (timeout) that begins with `failing` after so many seconds."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await work
    except TimeoutError:
        message = f"{failing} within {seconds:.1f} s"
        raise ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message=message)) from None
