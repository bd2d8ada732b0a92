"""A client on a bare socket, which may be as slow and as wordy as no library is."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Live

PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: status, headers by lower-case name, body as JSON where it is JSON, else its bytes."""

    status: int
    headers: dict[str, str]
    body: Any


class Client:
    """One connection."""

    def __init__(self, live: Live) -> None:
        address = urlsplit(live.url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 0), timeout=PATIENCE_S)

    def send(self, *lines: str) -> None:
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        given = {"Host": "localhost", "Content-Type": "application/json", **(headers or {})}
        self.send(f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", "")
        self.socket.sendall(body)

    def send_chunks(self, chunk: bytes, count: int) -> int:
        """Sends chunks of a chunked body until the server ends it; how many bytes went out."""
        framed = b"%x\r\n%s\r\n" % (len(chunk), chunk)
        sent = 0
        with suppress(ConnectionError):
            for _ in range(count):
                self.socket.sendall(framed)
                sent += len(chunk)
        return sent

    def answer(self) -> Answer:
        """The next answer of this connection. Raises ConnectionError when there is none."""
        with closing(http.client.HTTPResponse(self.socket)) as response:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            body = response.read()
        is_json = headers.get("content-type", "").startswith("application/json")
        return Answer(status=response.status, headers=headers, body=json.loads(body) if is_json else body)

    def is_closed(self) -> bool:
        """Waits for the end of the connection. False when something comes instead."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextmanager
def connected(live: Live) -> Iterator[Client]:
    client = Client(live)
    try:
        yield client
    finally:
        client.socket.close()


def seconds(begun_at: float) -> float:
    return time.monotonic() - begun_at
