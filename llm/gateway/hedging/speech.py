"""The moment at which an attempt speaks."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from llm.core.chat.response import StreamEvent
from llm.gateway.time_limits import is_at_work


async def announced(asked: AsyncGenerator[StreamEvent], on_speaking: Callable[[], None]) -> AsyncGenerator[StreamEvent]:
    """The vendor's events; `on_speaking` is called before the first that shows its model at work."""
    silent = True
    async with aclosing(asked) as events:
        async for event in events:
            if silent and is_at_work(event):
                silent = False
                on_speaking()
            yield event
