"""Reads one streamed answer: bytes -> SSE events -> JSON -> the vendor's reader -> stream events.

Insists on the vendor's own end marker; knows no vendor.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator

from llm.adapters.partial_response import Reader, VendorError
from llm.adapters.transport.client import VendorReply
from llm.adapters.transport.lenient_json import parse_object
from llm.adapters.transport.signals import answer_signal, bad_response
from llm.adapters.transport.sse import BOM, SSEReader, SSEvent
from llm.core.chat.response import Alive, StreamEvent

DONE_DATA = b"[DONE]"
USAGE_GRACE_S = 2.0
"""How long a whole answer waits for the usage that follows it."""
CLOSE_GRACE_S = 0.25
"""How long a finished stream waits for the end of its body, which lets the connection be used again."""
MAX_NOT_SSE = 1024 * 1024
"""Bytes that are read of an answer that turns out to be no stream."""


async def read_stream(reply: VendorReply, reader: Reader) -> AsyncGenerator[StreamEvent, None]:
    """The events of the answer; returns when it is whole.

    Raises `VendorError` for an error inside the stream, `ProviderError` (bad_response) when it is cut
    or is no stream at all, and whatever the transport raises before the answer is whole.
    """
    sse, response = SSEReader(), reader.response
    head: bytes | None = b""
    while (chunk := await _next_chunk(reply, reader)) is not None:
        if head is not None:
            head = await _check_head(head + chunk, reply, reader)
        quiet = True
        for event in sse.feed(chunk):
            for delta in _read_event(event, reader, reply):
                quiet = False
                yield delta
        if quiet:
            yield Alive()
    for event in sse.close():
        for delta in _read_event(event, reader, reply):
            yield delta
    if not response.ended:
        stray = parse_object(bytes(sse.stray))
        if stray is not None and stray.get("error"):
            raise VendorError(stray, reply.headers)
        raise bad_response("the stream was cut before its end marker", request_id=response.request_id)


async def _check_head(head: bytes, reply: VendorReply, reader: Reader) -> bytes | None:
    """The beginning while it is blank, None once it shows a stream. Raises for any other document."""
    first = head.removeprefix(BOM).lstrip()[:1]
    if first in (b"{", b"[", b"<"):
        await _refuse_document(reply, head, reader)
    return None if first else head


async def _next_chunk(reply: VendorReply, reader: Reader) -> bytes | None:
    response = reader.response
    if not response.ended:
        return await anext(reply.chunks, None)
    try:
        async with asyncio.timeout(CLOSE_GRACE_S if response.closed else USAGE_GRACE_S):
            return await anext(reply.chunks, None)
    except Exception:  # noqa: BLE001  # a connection that stalls or breaks after the end marker takes nothing away
        return None


def _read_event(event: SSEvent, reader: Reader, reply: VendorReply) -> Iterator[StreamEvent]:
    response = reader.response
    if response.closed:
        return
    if event.data.strip() == DONE_DATA:
        response.closed = True
        return
    data = parse_object(event.data)
    if data is None:
        response.malformed += 1
        yield Alive()
    elif not data.get("error"):
        yield from reader.event(data)
    elif not response.ended:
        raise VendorError(data, reply.headers)


async def _refuse_document(reply: VendorReply, head: bytes, reader: Reader) -> None:
    """Reads a JSON or HTML body that came in place of a stream, and raises what it says."""
    content = bytearray(head)
    async for chunk in reply.chunks:
        content += chunk
        if len(content) > MAX_NOT_SSE:
            break
    signal = answer_signal(reply.status, reply.headers, bytes(content))
    if isinstance(signal.body, dict) and signal.body.get("error"):
        raise VendorError(signal.body, reply.headers)
    raise bad_response("the answer is no event stream", request_id=reader.response.request_id)
