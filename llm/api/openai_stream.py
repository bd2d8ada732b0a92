"""A streamed answer as OpenAI's server-sent events, with signs of life while the vendor is silent."""

import time
from collections.abc import AsyncGenerator

import structlog

from llm.api.openai_response import KEEP_ALIVE, Chunks, broken
from llm.core.calls import AnswerEvent, Closed
from llm.core.completion import TextDelta, ToolCallDelta
from web.api_errors import as_api_error
from web.relay import Ended, Quiet, Relay

log = structlog.get_logger("web.errors")

KEEP_ALIVE_S = 10.0
"""Proxies close connections that are silent for 30 s or more, browsers' EventSource for 45 s."""


async def sse(events: Relay[AnswerEvent], chunks: Chunks) -> AsyncGenerator[bytes]:
    """The events after `Opened` as bytes.

    A stream that breaks ends with an error event, and with neither a finish reason nor `[DONE]`.
    """
    try:
        yield chunks.role()
        spoke_at = time.monotonic()
        while True:
            try:
                event = await events.next(max(0.01, spoke_at + KEEP_ALIVE_S - time.monotonic()))
            except Quiet:
                spoke_at = time.monotonic()
                yield KEEP_ALIVE
                continue
            if isinstance(event, TextDelta | ToolCallDelta):
                spoke_at = time.monotonic()
                yield chunks.delta(event)
            elif isinstance(event, Closed):
                for chunk in chunks.end(event.answer.completion):
                    yield chunk
                return
    except Ended:
        log.error("a stream ended without Closed")
        yield broken(as_api_error(RuntimeError()))
    except Exception as error:
        api_error = as_api_error(error)
        if api_error.status == 500:
            log.error("stream failed", exc_info=error)
        yield broken(api_error)
    finally:
        await events.close()
