"""Sends an answer to the caller, whole or streamed, well or as a fault would have it. What the answer says
is settled before."""

import asyncio

from aiohttp import web

from llm.simulator.faults.catalogue import Fault, FaultName
from llm.simulator.http.exchange import StreamAnswer, WireAnswer
from llm.simulator.http.transport import Connection
from llm.simulator.model.replies import Script

_DRIP_BYTES = 16
_BREAK = b'{"broken": [{"'
_ENDS_EARLY = frozenset({FaultName.CUT, FaultName.STALL, FaultName.CLEAN_EARLY_END})
_INTERRUPTS = frozenset({*_ENDS_EARLY, FaultName.MALFORMED_CHUNK, FaultName.ERROR_EVENT})


class Delivery:
    """One answer on its way. `fault` is the one that struck this request, if any."""

    def __init__(self, request: web.Request, connection: Connection, fault: Fault | None) -> None:
        self._request = request
        self._connection = connection
        self._fault = fault
        self._name = fault.name if fault else None

    async def nothing(self) -> web.StreamResponse:
        """Silence or a reset: no byte of an answer."""
        if self._name is FaultName.RESET:
            self._connection.reset()
        else:
            await self._connection.hold()
        return web.Response()

    async def whole(self, answer: WireAnswer) -> web.StreamResponse:
        """A complete HTTP answer, with the faults that a plain answer can have."""
        body = answer.body
        if self._name in (FaultName.SLOW, FaultName.SLOW_FIRST_TOKEN):
            await self._wait()
        place = self._place(body)
        if self._name is FaultName.MALFORMED_CHUNK:
            body = body[:place] + _BREAK + body[place:]
        elif self._name is FaultName.CLEAN_EARLY_END:
            body = body[:place]
        elif self._name in (FaultName.CUT, FaultName.STALL, FaultName.DRIP):
            return await self._partly(answer, place)
        return web.Response(status=answer.status, headers=_headers(answer), body=body)

    async def _partly(self, answer: WireAnswer, place: int) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=_headers(answer))
        response.content_length = len(answer.body)
        await response.prepare(self._request)
        if self._name is FaultName.DRIP:
            await self._drip(response, answer.body)
            await response.write_eof()
        else:
            await response.write(answer.body[:place])
            await self._leave(response)
        return response

    async def streamed(self, answer: StreamAnswer, script: Script, interruption: bytes) -> web.StreamResponse:
        """An event stream. `interruption` is the frame that a fault puts into its middle."""
        if self._name is FaultName.SLOW:
            await self._wait()
        response = web.StreamResponse(headers=_headers(answer))
        response.enable_chunked_encoding()
        await response.prepare(self._request)
        if self._name is FaultName.DRIP or (
            self._fault and self._fault.bytes is not None and self._name in _ENDS_EARLY
        ):
            return await self._by_bytes(response, answer)
        for frame in answer.opening:
            await response.write(frame)
        if self._name is FaultName.SLOW_FIRST_TOKEN:
            await self._wait()
        if script.first_token:
            await asyncio.sleep(script.first_token)
        return await self._by_frames(response, answer, script.chunk_delay, interruption)

    async def _by_frames(
        self, response: web.StreamResponse, answer: StreamAnswer, delay: float, interruption: bytes
    ) -> web.StreamResponse:
        stop = self._stop(len(answer.content))
        for index, frame in enumerate(answer.content):
            if index == stop:
                break
            if delay and index:
                await asyncio.sleep(delay)
            await response.write(frame)
        if self._name in _ENDS_EARLY:
            await self._leave(response)
            return response
        if interruption:
            await response.write(interruption)
        if self._name is not FaultName.ERROR_EVENT:
            rest = (*answer.content[stop:], *answer.closing)
            for frame in rest if stop is not None else answer.closing:
                await response.write(frame)
            if answer.end_mark and self._name is not FaultName.NO_DONE:
                await response.write(answer.end_mark)
        await response.write_eof()
        return response

    async def _by_bytes(self, response: web.StreamResponse, answer: StreamAnswer) -> web.StreamResponse:
        data = b"".join((*answer.opening, *answer.content, *answer.closing, answer.end_mark))
        if self._name is FaultName.DRIP:
            await self._drip(response, data)
            await response.write_eof()
        else:
            await response.write(data[: self._place(data)])
            await self._leave(response)
        return response

    async def _leave(self, response: web.StreamResponse) -> None:
        """Ends an answer before its end, in the way of the fault."""
        if self._name is FaultName.STALL:
            await self._connection.hold()
        elif self._name is FaultName.CLEAN_EARLY_END:
            await response.write_eof()
        elif self._fault is not None and self._fault.variant == "reset":
            self._connection.reset()
        else:
            self._connection.close()

    async def _drip(self, response: web.StreamResponse, data: bytes) -> None:
        size = (self._fault and self._fault.bytes) or _DRIP_BYTES
        for start in range(0, len(data), size):
            if start:
                await self._wait()
            await response.write(data[start : start + size])

    async def _wait(self) -> None:
        if self._fault is not None:
            await asyncio.sleep(self._fault.wait)

    def _place(self, data: bytes) -> int:
        """The byte at which the trouble is: as asked, else in the middle."""
        if self._fault is None or self._fault.bytes is None:
            return len(data) // 2
        return self._fault.bytes

    def _stop(self, pieces: int) -> int | None:
        """The piece of content before which the trouble is: as asked, else in the middle; None without
        such trouble."""
        if self._fault is None or self._name not in _INTERRUPTS:
            return None
        return min(pieces, pieces // 2 if self._fault.chunks is None else self._fault.chunks)


def _headers(answer: WireAnswer | StreamAnswer) -> dict[str, str]:
    """One content type, whichever way the answer's own headers spell it; the length is the transport's
    business."""
    own = {
        name: value for name, value in answer.headers.items() if name.lower() not in ("content-type", "content-length")
    }
    return {**own, "Content-Type": answer.content_type}
