"""A vendor that costs next to nothing: Anthropic's wire protocol with fixed answers, on a raw asyncio protocol.

Run as `python -m bench.cost.vendor PORT`. A body that asks for a stream gets `EVENTS` text events, `GAP_S` apart.
`GET /_delay/500` makes each later answer wait for 500 ms.
"""

import asyncio
import json
import sys
from typing import ClassVar

EVENTS = 20
GAP_S = 0.002
"""Apart, so that the receiver reads each event by itself."""

WORD = "Un plombier peut passer. "
DELAY = "/_delay/"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


def main(port: int) -> None:
    asyncio.run(_serve(port))


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


class Connection(asyncio.Protocol):
    """One caller's connection; requests on it come one after the other."""

    delay_s: ClassVar[float] = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while request := self._next_request():
            path, body = request
            if path.startswith(DELAY):
                Connection.delay_s = int(path.removeprefix(DELAY)) / 1000
                self._write(EMPTY)
            else:
                answer = self._stream if _asks_for_a_stream(body) else self._whole
                asyncio.get_running_loop().call_later(self.delay_s, answer)

    def _next_request(self) -> tuple[str, bytes] | None:
        """The path and the body of the first whole request that has come."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._received[:end])
        length = _content_length(head)
        if len(self._received) < end + 4 + length:
            return None
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        return head.split(b" ", 2)[1].decode(), body

    def _whole(self) -> None:
        self._write(WHOLE)

    def _stream(self) -> None:
        self._write(STREAM_HEAD + _chunk(STREAM_START))
        asyncio.get_running_loop().call_later(GAP_S, self._event, EVENTS)

    def _event(self, left: int) -> None:
        if left == 0:
            self._write(_chunk(STREAM_END) + b"0\r\n\r\n")
            return
        self._write(_chunk(STREAM_EVENT))
        asyncio.get_running_loop().call_later(GAP_S, self._event, left - 1)

    def _write(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.WriteTransport)  # noqa: S101  for the type checker
        if not self._transport.is_closing():
            self._transport.write(data)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


def _asks_for_a_stream(body: bytes) -> bool:
    return b'"stream":true' in body or b'"stream": true' in body


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(name: str, **fields: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


_MESSAGE: dict[str, object] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "stop_sequence": None,
}
_BODY = json.dumps(
    {
        **_MESSAGE,
        "content": [{"type": "text", "text": WORD * 2}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 12, "output_tokens": 14},
    }
).encode()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_01\r\ncontent-length: %d\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_01\r\ntransfer-encoding: chunked\r\n\r\n"
)
STREAM_START = _event(
    "message_start",
    message={**_MESSAGE, "content": [], "stop_reason": None, "usage": {"input_tokens": 12, "output_tokens": 1}},
) + _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
STREAM_EVENT = _event("content_block_delta", index=0, delta={"type": "text_delta", "text": WORD})
STREAM_END = (
    _event("content_block_stop", index=0)
    + _event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 140})
    + _event("message_stop")
)


if __name__ == "__main__":
    main(int(sys.argv[1]))
