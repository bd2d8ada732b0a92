"""One try at one provider under its time limits, plain or streamed, as one sequence of events.

The limits are enforced from outside the SDK: an SDK's own timeout bounds single reads only, and a
server that drips bytes would hold a call for ever.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import TypeVar

from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Done, StreamEvent, TextDelta, ToolCallDelta
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.gateway.ports import Adapter

Result = TypeVar("Result")

FIRST_TOKEN_S = 10.0
IDLE_S = 15.0


async def attempt(
    adapter: Adapter, request: ChatRequest, *, stream: bool, limit_s: float, whole_s: float
) -> AsyncGenerator[StreamEvent]:
    """The events of one try; the last one is `Done`. Raises ProviderError.

    `limit_s` bounds a plain call, and the wait for a stream's first content; once content flows,
    only the idle limit and `whole_s` (what is left of the call's deadline) end it. Seconds all.
    """
    if not stream:
        yield Done(completion=await _within(limit_s, adapter.complete(request, timeout_s=limit_s), "no answer"))
        return
    loop = asyncio.get_running_loop()
    first_by = loop.time() + min(limit_s, FIRST_TOKEN_S)
    end_by = loop.time() + whole_s
    content = False
    async with aclosing(adapter.stream(request, timeout_s=whole_s)) as events:
        while True:
            now = loop.time()
            wait = min(IDLE_S, end_by - now) if content else min(IDLE_S, first_by - now, end_by - now)
            what = "the stream fell silent" if content else "no first token"
            event = await _within(wait, anext(events, None), what)
            if event is None:
                raise ProviderError(_failure(ErrorClass.BAD_RESPONSE, "the stream ended without its end marker"))
            content = content or isinstance(event, TextDelta | ToolCallDelta)
            yield event
            if isinstance(event, Done):
                return


async def _within(seconds: float, work: Awaitable[Result], what: str) -> Result:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await work
    except TimeoutError:
        raise ProviderError(_failure(ErrorClass.TIMEOUT, f"{what} within {seconds:.1f} s")) from None


def _failure(error_class: ErrorClass, message: str) -> Failure:
    return Failure(error_class=error_class, message=message)
