"""What Sentry receives of an error: what broke and where, and not one word that was said."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import brotli
import pytest
import structlog

from djobea.sentry import start, without_words

SECRETS = ("sk-ant-secret", "My tap is leaking", "your credit balance", "r-4711")


def test_an_event_is_made_anew_of_what_is_known_to_hold_no_words() -> None:
    frame = {"module": "llm.gateway.router", "function": "run", "lineno": 7, "vars": {"prompt": "My tap is leaking"}}
    exception = {"type": "ValueError", "value": "sk-ant-secret", "stacktrace": {"frames": [frame]}}
    event: dict[str, Any] = {
        "event_id": "1",
        "level": "error",
        "exception": {"values": [exception]},
        "request": {"url": "/r-4711", "headers": {"Authorization": "sk-ant-secret"}, "data": "My tap is leaking"},
        "extra": {"body": "your credit balance"},
        "breadcrumbs": {"values": [{"message": "your credit balance"}]},
        "contexts": {"trace": {"data": "r-4711"}},
        "logentry": {"message": "your credit balance"},
        "transaction": "/v1/models/r-4711",
    }
    sent = without_words(event, {})
    assert not any(secret in json.dumps(sent) for secret in SECRETS)
    [value] = sent["exception"]["values"]
    assert (value["type"], value["stacktrace"]["frames"][0]["function"]) == ("ValueError", "run")


@pytest.fixture
def received() -> Iterator[tuple[str, list[bytes]]]:
    """An address for Sentry, and the bodies that come to it."""
    bodies: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(
                self.headers.get("Content-Encoding", ""), bytes
            )
            bodies.append(unpack(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://key@127.0.0.1:{server.server_address[1]}/1", bodies
    server.shutdown()
    server.server_close()


def test_a_logged_error_arrives_with_its_place_and_without_its_words(received: tuple[str, list[bytes]]) -> None:
    sentry_sdk = pytest.importorskip("sentry_sdk", reason="requirements-sentry.lock is not installed")
    address, bodies = received
    start(address)
    prompt = "My tap is leaking"
    try:
        raise RuntimeError(f"{prompt}: your credit balance, sk-ant-secret")
    except RuntimeError:
        structlog.get_logger("djobea").exception("view_failed", request_id="r-4711", prompt=prompt)
        logging.getLogger("other").error("it said: %s", "your credit balance")
    sentry_sdk.flush(60)
    sentry_sdk.get_client().close()
    sentry_sdk.init(None)
    text = b"\n".join(bodies).decode()
    assert "RuntimeError" in text
    assert "test_a_logged_error_arrives" in text
    assert not [secret for secret in SECRETS if secret in text]
