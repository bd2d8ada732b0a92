"""Headers and idle connections over real sockets: their bounds in bytes, lines and seconds."""

import select
import time
from typing import Any

import pytest

from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.djobea.intake.raw import connected, seconds

LIVEZ = "GET /livez HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("begun", ["", "GET", LIVEZ])
def test_a_header_that_does_not_end_is_cut_off(live: Live, settings: Any, begun: str) -> None:
    settings.HEADER_TIMEOUT_S = 0.6
    with connected(live) as client:
        begun_at = time.monotonic()
        client.send(begun)
        if begun:
            answer = client.answer()
            assert answer.status == 408
            assert answer.body["error"]["code"] == "request_timeout"
            assert answer.headers["x-request-id"]
        assert client.is_closed()
        assert 0.5 <= seconds(begun_at) < 15


def test_drops_do_not_prolong_the_time(live: Live, settings: Any) -> None:
    settings.HEADER_TIMEOUT_S = 0.5
    until = time.monotonic() + 20
    with connected(live) as client:
        client.send(LIVEZ)
        while not select.select([client.socket], [], [], 0.05)[0]:
            client.send("X-A: 1\r\n")
            assert time.monotonic() < until
        assert client.answer().status == 408


def test_each_request_of_a_connection_has_its_own_time(live: Live, settings: Any) -> None:
    settings.HEADER_TIMEOUT_S = 1.2
    settings.KEEP_ALIVE_S = 20.0
    with connected(live) as client:
        for _ in range(2):
            client.send(LIVEZ)
            time.sleep(0.3)
            client.send("\r\n")
            assert client.answer().status == 200
            time.sleep(1.0)  # with the next header's beginning this is more than the bound
        client.request("POST", "/v1/chat/completions", {"Content-Length": "10"})
        assert client.answer().status == 401
        time.sleep(0.3)
        client.send("x" * 10)  # the rest of a body that nobody reads, then a request
        client.send(LIVEZ, "")
        assert client.answer().status == 200
        client.send(LIVEZ)
        assert client.answer().status == 408


def test_the_time_for_a_header_does_not_run_during_an_answer(
    live: Live, sim: Simulator, providers: list[str], consumer: Person, settings: Any
) -> None:
    settings.HEADER_TIMEOUT_S = 0.4
    sim.fault("claude", "slow", delay=0.9)
    body = b'{"model": "default", "messages": [{"role": "user", "content": "hello"}]}'
    with connected(live) as client:
        client.request("POST", "/v1/chat/completions", {**consumer.headers, "Content-Length": str(len(body))}, body)
        answer = client.answer()
        assert answer.status == 200
        assert answer.headers["x-llm-provider"] == "claude"


def test_an_idle_connection_ends_in_silence(live: Live, settings: Any) -> None:
    settings.KEEP_ALIVE_S = 0.3
    with connected(live) as client:
        client.send(LIVEZ, "")
        assert client.answer().status == 200
        assert client.is_closed()


def test_long_headers_and_many_are_431(live: Live, settings: Any) -> None:
    settings.MAX_HEADER_BYTES = 16_384
    for lines in (f"X-A: {'a' * 20_000}\r\n", "X-A: a\r\n" * 101, "X-A: a\r\n" * 3_000):
        with connected(live) as client:
            client.send(LIVEZ + lines, "")
            answer = client.answer()
            assert answer.status == 431
            assert answer.body["error"]["code"] == "headers_too_large"
            assert client.is_closed()
    with connected(live) as client:
        client.send(f"GET /livez?{'a' * 20_000}")  # its end is not awaited
        assert client.answer().status == 431
        assert client.is_closed()
    with connected(live) as client:
        client.send(LIVEZ + "X-A: a\r\n" * 90, "")
        assert client.answer().status == 200
