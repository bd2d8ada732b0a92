"""The hostile vendor: raw HTTP on loopback. `PUT /_attack/NAME` chooses what each later request gets.

Run as `python -m bench.hostile.vendor PORT`. The first part of a request's path is the kind: `/claude/v1/messages`.
"""

import asyncio
import sys
from contextlib import suppress
from urllib.parse import unquote

from bench.hostile.attacks import ATTACKS, Attack

MOST_BYTES = 500_000_000
"""Then even an endless answer ends, by a closed connection."""


class Vendor:
    """Counts what it is asked, and what it could send."""

    def __init__(self) -> None:
        self.attack: Attack | None = None
        self.asked = 0
        self.sent = 0
        self._serving: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request in a task of its own."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def close(self) -> None:
        """Ends what is still being sent."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            method, path = await _request(reader)
            if path.startswith("/_attack/"):
                if method == "PUT":
                    self.attack, self.asked, self.sent = ATTACKS[unquote(path[9:])], 0, 0
                body = b"%d %d" % (self.asked, self.sent)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
            elif self.attack is not None:
                self.asked += 1
                await self._say(self.attack, path.split("/")[1], writer)
        writer.close()

    async def _say(self, attack: Attack, kind: str, writer: asyncio.StreamWriter) -> None:
        kind_of_body = "text/event-stream" if attack.stream else "application/json"
        headers = {"content-type": kind_of_body, "connection": "close", **attack.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {attack.status} Hostile\r\n{lines}\r\n".encode())
        for piece in attack.body(kind):
            writer.write(piece)
            await writer.drain()
            self.sent += len(piece)
            if self.sent > MOST_BYTES:
                return


async def _request(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Method and path; the body is read and dropped."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    lengths = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
    await reader.readexactly(lengths[0] if lengths else 0)
    method, path, _ = first.split(" ")
    return method, path


async def main(port: int) -> None:
    server = await asyncio.start_server(Vendor().connected, "127.0.0.1", port, limit=2**20)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
