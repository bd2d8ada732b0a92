"""Requests that no client library would send, over a bare socket: still JSON, still a request id, never a page."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.conftest import Live

pytestmark = pytest.mark.django_db(transaction=True)


def _send(live: Live, *lines: bytes) -> tuple[int, str, bytes]:
    """Status, lower-case headers as one text, body."""
    address = urlsplit(live.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1").lower(), body


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/api/llm/health?a=%ff", 503),
        (b"/api/%ff%fe", 404),
        (b"/v1/models/%00", 401),
        (b"/api//llm/health", 404),
        (b"//evil.example/api/llm/health", 404),
        (b"/api/../admin/", 404),
    ],
)
def test_odd_targets(live: Live, target: bytes, status: int) -> None:
    found, headers, body = _send(live, b"GET " + target + b" HTTP/1.1", b"Host: localhost")
    assert found == status
    assert b"<html" not in body.lower()
    assert "content-type: application/json" in headers
    assert "x-request-id: " in headers


@pytest.mark.parametrize("host", [b"evil.example", b"a b", b"\xff"])
def test_odd_hosts(live: Live, host: bytes) -> None:
    found, _, body = _send(live, b"GET /api/llm/status HTTP/1.1", b"Host: " + host)
    assert found == 400
    assert b"<html" not in body.lower()


def test_an_odd_request_id_cannot_split_the_answer(live: Live) -> None:
    found, headers, _ = _send(live, b"GET /livez HTTP/1.1", b"Host: localhost", b"X-Request-ID: a\tb\xff")
    assert found == 200
    assert "a\tb" not in headers


def test_a_length_that_lies_is_refused(live: Live) -> None:
    found, _, body = _send(live, b"POST /v1/chat/completions HTTP/1.1", b"Host: localhost", b"Content-Length: x")
    assert found == 400
    assert b"<html" not in body.lower()


def test_raw_bytes_in_a_target_are_refused_by_the_server(live: Live) -> None:
    found, _, body = _send(live, b"GET /api/llm/health?\xff\xfe HTTP/1.1", b"Host: localhost")
    assert found == 400
    assert b"<" not in body


@pytest.mark.parametrize("path", [b"/api/llm/status", b"/api/llm/providers", b"/v1/models"])
def test_two_kinds_of_credentials_at_once_are_none(live: Live, path: bytes) -> None:
    found, _, body = _send(
        live,
        b"GET " + path + b" HTTP/1.1",
        b"Host: localhost",
        b"Authorization: Basic eA==",
        b"Authorization: Bearer x",
    )
    assert found == 401
    assert b"error" in body
