"""Reads one streamed answer: bytes -> SSE events -> JSON -> the vendor's reader -> stream events.

Insists on the vendor's own end marker; knows no vendor.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from functools import partial
from itertools import chain

from llm.adapters.bounds import check_structure
from llm.adapters.partial_response import Reader, VendorError
from llm.adapters.transport.client import VendorReply
from llm.adapters.transport.lenient_json import parse_object
from llm.adapters.transport.signals import answer_signal, bad_response, oversized
from llm.adapters.transport.sse import BOM, MAX_EVENT, SSEReader, SSEvent, TooLong
from llm.core.chat.response import ALIVE, StreamEvent

DONE_DATA = b"[DONE]"
USAGE_GRACE_S = 2.0
"""How long a whole answer waits for the usage that follows it."""
CLOSE_GRACE_S = 0.25
"""How long a finished stream waits for the end of its body, which lets the connection be used again."""
TURN_S = 0.001
"""Seconds that the events of one stream may keep the event loop to themselves. A request needs some twenty turns."""
FED_BYTES = 8_192
"""Bytes that are split into lines at a time: a piece off the network may be 128 KiB of line ends."""
MAX_MALFORMED = 1_000
"""Events that are no JSON object. Vendors send none, or one now and then."""
MAX_NOT_SSE = 1024 * 1024
"""Bytes that are read of an answer that turns out to be no stream."""


async def read_stream(reply: VendorReply, reader: Reader) -> AsyncGenerator[StreamEvent, None]:
    """The events of the answer; returns when it is whole.

    Raises `VendorError` for an error inside the stream, `ProviderError` (bad_response) when it is cut, longer than the
    response has room for or no stream at all, and whatever the transport raises before the answer is whole. Between
    events it lets other tasks run, however fast the vendor is.
    """
    sse, response, turn = SSEReader(), reader.response, Turn()
    read = partial(_read_event, reader=reader, reply=reply)
    head: bytes | None = b""
    while (chunk := await _next_chunk(reply, reader)) is not None:
        response.charge_bytes(len(chunk))
        if head is not None:
            head = await _check_head(head + chunk, reply, reader)
        quiet = True
        for piece in _pieces(chunk):
            for delta in chain.from_iterable(map(read, _events(sse, piece, reader))):
                quiet = False
                yield delta
                if turn.is_over:
                    await turn.end()
            if turn.is_over:
                await turn.end()
        if quiet:
            yield ALIVE
    for delta in chain.from_iterable(map(read, sse.close())):
        yield delta
    if not response.ended:
        raise _cut(sse, reply, reader)


class Turn:
    """A stretch of work in the event loop. Once it has taken `TURN_S`, `end` lets other tasks run."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + TURN_S

    @property
    def is_over(self) -> bool:
        return self._loop.time() >= self._ends_at

    async def end(self) -> None:
        await asyncio.sleep(0)
        self._ends_at = self._loop.time() + TURN_S


def _cut(sse: SSEReader, reply: VendorReply, reader: Reader) -> Exception:
    """What is wrong with a stream that ended without its end marker."""
    stray = parse_object(bytes(sse.stray))
    if stray is not None and stray.get("error"):
        return VendorError(stray, reply.headers)
    return bad_response("the stream was cut before its end marker", request_id=reader.response.request_id)


def _pieces(chunk: bytes) -> Iterable[bytes]:
    if len(chunk) <= FED_BYTES:
        return (chunk,)
    return (chunk[start : start + FED_BYTES] for start in range(0, len(chunk), FED_BYTES))


def _events(sse: SSEReader, piece: bytes, reader: Reader) -> list[SSEvent]:
    try:
        return sse.feed(piece)
    except TooLong as error:
        raise oversized(
            f"{error} of the stream is longer than {MAX_EVENT} bytes", request_id=reader.response.request_id
        ) from None


async def _check_head(head: bytes, reply: VendorReply, reader: Reader) -> bytes | None:
    """Empty while all is blank, None once it shows a stream. Raises for any other document."""
    first = head.removeprefix(BOM).lstrip()[:1]
    if first in (b"{", b"[", b"<"):
        await _refuse_document(reply, head, reader)
    return None if first else b""


async def _next_chunk(reply: VendorReply, reader: Reader) -> bytes | None:
    response = reader.response
    if not response.ended:
        return await anext(reply.chunks, None)
    try:
        async with asyncio.timeout(CLOSE_GRACE_S if response.closed else USAGE_GRACE_S):
            return await anext(reply.chunks, None)
    except Exception:  # noqa: BLE001  # a connection that stalls or breaks after the end marker takes nothing away
        return None


def _read_event(event: SSEvent, reader: Reader, reply: VendorReply) -> Iterable[StreamEvent]:
    response = reader.response
    if response.closed:
        return ()
    if event.data.strip() == DONE_DATA:
        response.closed = True
        return ()
    check_structure(event.data)
    data = parse_object(event.data)
    if data is None:
        response.malformed += 1
        if response.malformed > MAX_MALFORMED:
            raise oversized("the stream has too many events that are no JSON", request_id=response.request_id)
        return (ALIVE,)
    if not data.get("error"):
        return reader.event(data)
    if not response.ended:
        raise VendorError(data, reply.headers)
    return ()


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
