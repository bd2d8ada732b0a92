"""Bodies over real connections: whose is received, how much of it, and how long it may take."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from djobea.intake.body import allowance
from tests.conftest import Live, Person
from tests.djobea.intake.raw import connected, seconds
from tests.waiting import eventually

CHAT = "/v1/chat/completions"
CHUNKED = {"Transfer-Encoding": "chunked"}
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MIB


def _asked(live: Live, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    """The answer to a header whose body never comes."""
    with connected(live) as client:
        client.request(method, path, headers)
        answer = client.answer()
        return answer.status, answer.headers, answer.body


def test_the_header_alone_decides_who_is_refused(live: Live, consumer: Person) -> None:
    bad = {"Authorization": "Bearer djb_wrong"}
    cases: list[tuple[str, str, dict[str, str], int]] = [
        ("POST", CHAT, {}, 401),
        ("POST", CHAT, bad, 401),
        ("POST", "/v1/messages", {"x-api-key": "djb_wrong"}, 401),
        ("POST", "/api/conversations", {"Authorization": "Basic YTpi"}, 401),
        ("POST", "/api/llm/providers", bad, 401),
        ("POST", "/v1/nothing", consumer.headers, 404),
        ("POST", "/api/llm/providers/claude/nothing", {}, 404),
        ("PUT", CHAT, {}, 405),
        ("PUT", "/api/conversations/", consumer.headers, 405),
        ("POST", "/api/llm/calls", consumer.headers, 405),
        ("PUT", "/api/llm/providers/claude", consumer.headers, 405),
    ]
    for method, path, headers, status in cases:
        for length in ({"Content-Length": "300"}, {"Content-Length": "10000000000"}, CHUNKED):
            found, answered, body = _asked(live, method, path, {**headers, **length})
            assert (found, method, path, length) == (status, method, path, length)
            assert body["error"]
            assert answered["x-request-id"]
            assert answered["x-content-type-options"] == "nosniff"
            assert answered.get("connection") == (None if length == {"Content-Length": "300"} else "close")


def test_a_length_above_the_limit_is_refused_at_once(live: Live, consumer: Person) -> None:
    for path in (CHAT, "/api/conversations", "/api/llm/reset-failures"):
        headers = {**consumer.headers, "Content-Length": str(2 * MIB + 1), "Expect": "100-continue"}
        status, answered, body = _asked(live, "POST", path, headers)
        assert status == 413
        assert "request_too_large" in json.dumps(body) or "payload_too_large" in json.dumps(body)
        assert answered["connection"] == "close"


def test_a_stranger_s_flood_is_neither_kept_nor_written_to_disk(live: Live) -> None:
    before = _files()
    with connected(live) as client:
        client.request("POST", CHAT, CHUNKED)
        sent = client.send_chunks(b"x" * MIB, 200)
        assert sent < 100 * MIB
        assert _files() == before


def test_an_answer_reaches_a_client_that_sends_all_first(live: Live, consumer: Person) -> None:
    """A plain close would reset the connection under a client that has not read yet."""
    for headers, status in ((consumer.headers, 413), ({}, 401)):
        with connected(live) as client:
            client.request("POST", CHAT, {**headers, "Content-Length": str(8 * MIB)}, b"x" * (8 * MIB))
            assert client.answer().status == status
            assert client.is_closed()


def test_a_chunked_body_is_refused_at_the_limit(live: Live, consumer: Person) -> None:
    with connected(live) as client:
        client.request("POST", CHAT, {**consumer.headers, **CHUNKED})
        client.send_chunks(b" " * 65536, 40)
        assert client.answer().status == 413
        assert client.is_closed()


def test_a_large_body_below_the_limit_stays_in_memory(live: Live, consumer: Person) -> None:
    before = _files()
    body = json.dumps({"message": "x" * MIB, "nothing": 1}).encode()
    for framing in ({"Content-Length": str(len(body))}, CHUNKED):
        with connected(live) as client:
            client.request("POST", "/api/conversations", {**consumer.headers, **framing})
            client.socket.sendall(body if framing is not CHUNKED else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            answer = client.answer()
            assert answer.status == 400
            assert "nothing" in json.dumps(answer.body) or "message" in json.dumps(answer.body)
            assert "connection" not in answer.headers
            assert _files() == before


def test_a_small_body_that_is_refused_costs_no_connection(live: Live, consumer: Person) -> None:
    with connected(live) as client:
        for _ in range(3):
            client.request("POST", CHAT, {"Content-Length": "300"}, b"x" * 300)
            assert client.answer().status == 401
        client.request("GET", "/v1/models", consumer.headers)
        assert client.answer().status == 200


def test_a_slow_body_is_answered_408_and_one_with_progress_is_awaited(
    live: Live, consumer: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BODY_TIMEOUT_S = 0.5
    begun_at = time.monotonic()
    with connected(live) as client:
        client.request("POST", CHAT, {**consumer.headers, "Content-Length": "300"}, b"{")
        answer = client.answer()
        assert answer.status == 408
        assert answer.headers["connection"] == "close"
        assert seconds(begun_at) >= 0.5
        assert client.is_closed()
    monkeypatch.setattr("djobea.intake.body.LEAST_RATE", 10)
    with connected(live) as client:
        client.request("POST", CHAT, {**consumer.headers, "Content-Length": "100"})
        for _ in range(10):
            time.sleep(0.1)
            client.socket.sendall(b"x" * 10)
        assert client.answer().status == 400


def test_large_bodies_share_an_allowance(live: Live, consumer: Person, settings: Any) -> None:
    settings.MAX_BODIES_BYTES = MIB
    settings.BODY_TIMEOUT_S = 1.0
    large = {**consumer.headers, "Content-Length": str(MIB)}
    with connected(live) as first, connected(live) as second, connected(live) as small:
        first.request("POST", CHAT, large, b"x" * 300_000)
        assert eventually(lambda: allowance._taken >= MIB)
        second.request("POST", CHAT, large, b"x" * 300_000)
        small.request("POST", CHAT, {**consumer.headers, "Content-Length": "1"}, b"x")
        assert small.answer().status == 400
        refused = second.answer()
        assert refused.status == 503
        assert refused.headers["retry-after"] == "1"
    with connected(live) as client:
        client.request("POST", CHAT, large, b"x" * MIB)
        assert client.answer().status == 400


def test_a_session_is_looked_up_before_a_large_body(live: Live, admin: Person) -> None:
    from django.test import Client as Browser

    browser = Browser()
    browser.force_login(admin.user)
    signed_in = f"sessionid={browser.cookies['sessionid'].value}"
    with connected(live) as client:
        client.request("POST", "/api/conversations", {"Cookie": "sessionid=forged", "Content-Length": "100000"})
        assert client.answer().status == 401
    assert _whole(live, "/api/conversations", signed_in) == 403  # of the CSRF check, with the body read
    assert _whole(live, "/admin/login/", "sessionid=forged") == 413
    assert _whole(live, "/admin/login/", signed_in) == 403


def _whole(live: Live, path: str, cookie: str) -> int:
    with connected(live) as client:
        client.request("POST", path, {"Cookie": cookie, "Content-Length": "100000"}, b"x" * 100_000)
        return client.answer().status


def _files() -> set[str]:
    """The deleted files that this process, which is the server too, holds open."""
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink():
            target = os.readlink(link) if link.exists() else ""
            links |= {target} if "(deleted)" in target else set()
    return links
