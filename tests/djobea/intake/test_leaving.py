"""Clients that leave or take nothing, over real sockets, with an application that sends and sends."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from djobea.intake import protocol
from llm.incidents import Incident
from tests.conftest import Live, _Server
from tests.djobea.intake.raw import connected
from tests.log_lines import LogLines, lines_of_now
from tests.waiting import eventually

sent: dict[str, int] = {}
"""Path -> bytes that the application has sent."""


async def _endless(scope: Any, receive: Any, send: Any) -> None:
    """Sends 100 small pieces at a time, as a stream with a fast vendor does, until the client is gone."""
    await receive()
    leaving = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    while not leaving.done():
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * 1_000, "more_body": True})
            sent[scope["path"]] = sent.get(scope["path"], 0) + 1_000
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def endless(protocol_class: Any) -> Iterator[Live]:
    config = uvicorn.Config(
        _endless, port=0, http=protocol_class, log_level="warning", lifespan="off", ws="none", log_config=None
    )
    server = _Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield Live(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.should_exit = True
    thread.join(30)


def test_clients_that_leave_are_one_line_and_a_count(
    endless: Live, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = LogLines()
    incident = Incident("client_left", log, quiet_s=0.5)
    monkeypatch.setattr(protocol, "clients_left", incident)
    for _ in range(10):
        with connected(endless) as client:
            client.request("GET", "/left")
            client.socket.recv(10_000)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # resets
    assert eventually(lambda: len(log.lines) == 2)
    assert log.lines[0] == ("client_left", {})
    assert log.lines[1][0] == "client_left_over"
    assert log.lines[1][1]["count"] == 10
    assert lines_of_now(caplog) == []


def test_a_client_that_takes_nothing_is_cut_off(endless: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "WRITE_S", 0.4)
    with connected(endless) as client:
        client.request("GET", "/stuck")
        assert eventually(lambda: sent.get("/stuck", 0) > 100_000)
        time.sleep(1.0)
        received = 0
        with suppress(ConnectionResetError):
            while piece := client.socket.recv(1 << 20):
                received += len(piece)
        assert received < 50_000_000
