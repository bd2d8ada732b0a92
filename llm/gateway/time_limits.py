"""The time limits of one attempt. They bound whole waits; an SDK's own timeout bounds single reads only.

A server that drips bytes would else hold a call for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from llm.core.chat.response import StreamEvent, TextDelta, ToolCallDelta
from llm.core.failures.policy import ErrorClass, Failure, ProviderError

Result = TypeVar("Result")

FIRST_TOKEN_S = 10.0
IDLE_S = 15.0


class StreamLimits:
    """Waits for the events of one stream.

    `limit_s` bounds the wait for the first content; after it only `IDLE_S` between events and `whole_s` for all of
    them do. Seconds, counted from now.
    """

    def __init__(self, *, limit_s: float, whole_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._first_by = now + min(limit_s, FIRST_TOKEN_S)
        self._end_by = now + whole_s
        self._has_content = False

    async def next(self, events: AsyncIterator[StreamEvent]) -> StreamEvent:
        """The next event. Raises ProviderError: timeout, or bad_response when the stream ends before `Done`."""
        now = self._loop.time()
        limits = [IDLE_S, self._end_by - now]
        if not self._has_content:
            limits.append(self._first_by - now)
        silence = "the stream fell silent" if self._has_content else "no first token"
        event = await within(min(limits), anext(events, None), silence)
        if event is None:
            message = "the stream ended without its end marker"
            raise ProviderError(Failure(error_class=ErrorClass.BAD_RESPONSE, message=message))
        self._has_content = self._has_content or isinstance(event, TextDelta | ToolCallDelta)
        return event


async def within(seconds: float, work: Awaitable[Result], failing: str) -> Result:
    """The result of `work`. Raises ProviderError (timeout) that begins with `failing` after so many seconds."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await work
    except TimeoutError:
        message = f"{failing} within {seconds:.1f} s"
        raise ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message=message)) from None
