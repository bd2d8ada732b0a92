"""A loopback HTTP server that says recorded answers byte by byte, and remembers what it was asked.

Raw asyncio, because a polite server library would not cut, drip or lie.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say. `length` is what Content-Length promises (None: the body's own; -1: no length, chunked).

    `pieces_every_s` drips the body byte by byte; `hang` keeps the connection open after the last byte;
    `reset` drops it without a word; `hang_up` closes it politely afterwards; `silent` never answers.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    pieces_every_s: float = 0.0
    hang: bool = False
    reset: bool = False
    hang_up: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    head: bytes
    """The request's line and its headers, as they came."""
    content: bytes
    body: Any
    port: int
    """The caller's: the same for every request of one connection."""


class Replay:
    """Says `answers` in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[GatewayCall] = []
        self.left = asyncio.Event()
        self.url = ""
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        try:
            while (asked := await _read(reader, writer)) is not None:
                self.asked.append(asked)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if not await self._say(answer, reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()
            del self._open[task]

    async def hang_up(self) -> None:
        """Ends every conversation and waits until its task is over."""
        tasks = list(self._open)
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*tasks)

    async def _say(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is good for another request."""
        if answer.reset:
            writer.transport.abort()
            return False
        if answer.silent:
            await self._until_left(reader)
            return False
        chunked = answer.length == -1
        promised = len(answer.body) if answer.length is None else answer.length
        framing = {"transfer-encoding": "chunked"} if chunked else {"content-length": str(promised)}
        lines = [f"{name}: {value}" for name, value in {**answer.headers, **framing}.items()]
        head = "\r\n".join([f"HTTP/1.1 {answer.status} Said", *lines, "", ""]).encode()
        if answer.pieces_every_s:
            writer.write(head)
            await self._drip(answer, reader, writer, chunked)
        else:
            body = _chunk(answer.body) + b"0\r\n\r\n" if chunked else answer.body
            writer.write(head + body)
        await writer.drain()
        if answer.hang:
            await self._until_left(reader)
        return not answer.hang and not answer.hang_up and (chunked or promised == len(answer.body))

    async def _drip(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunked: bool
    ) -> None:
        gone = asyncio.create_task(self._until_left(reader))
        try:
            for place in range(len(answer.body)):
                piece = answer.body[place : place + 1]
                writer.write(_chunk(piece) if chunked else piece)
                await asyncio.wait({gone}, timeout=answer.pieces_every_s)
                if gone.done():
                    raise ConnectionResetError
        finally:
            gone.cancel()

    async def _until_left(self, reader: asyncio.StreamReader) -> None:
        await reader.read(1)
        self.left.set()


@asynccontextmanager
async def replaying(*answers: Answer) -> AsyncIterator[Replay]:
    """A server on a free loopback port; its `url` is a base URL for the SDKs."""
    replay = Replay(*answers)
    server = await asyncio.start_server(replay.serve, "127.0.0.1", 0)
    replay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield replay
    finally:
        server.close()
        await replay.hang_up()


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> GatewayCall | None:
    first = await reader.readline()
    if not first:
        return None
    method, path, _ = first.decode().split(" ", 2)
    headers: dict[str, str] = {}
    head = first
    while (line := await reader.readline()) not in (b"\r\n", b""):
        head += line
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    port = writer.get_extra_info("peername")[1]
    said = json.loads(body) if body else None
    return GatewayCall(method=method, path=path, headers=headers, head=head, content=body, body=said, port=port)
