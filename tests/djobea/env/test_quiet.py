"""What callers do is a line without a traceback and a count, by real requests to the served product."""

import logging
from typing import Any

import pytest
from django.core.exceptions import RequestAborted
from django.db import OperationalError

from djobea.env import quiet
from llm.incidents import Incident
from tests.conftest import Live, Person
from tests.djobea.intake.raw import connected
from tests.log_lines import LogLines, lines_of_now
from web import errors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> LogLines:
    lines, incidents = LogLines(), {}

    def incident(event: str, status: int = 0) -> Incident:
        return incidents.setdefault((event, status), Incident(event, lines))

    monkeypatch.setattr(quiet, "incident", incident)
    return lines


def test_bad_hosts_and_refusals_are_a_line_each(
    live: Live, consumer: Person, log: LogLines, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        for path, headers in (("/v1/models", {**consumer.headers, "Host": "evil.example"}), ("/admin/", {"Host": "e"})):
            with connected(live) as client:
                client.request("GET", path, headers)
                assert client.answer().status == 400
        with connected(live) as client:
            client.request("GET", "/v1/models", {"Authorization": "Bearer djb_wrong"})
            assert client.answer().status == 401
        with connected(live) as client:
            client.send("no such thing\r\n\r\n")
            assert client.socket.recv(100).split()[1] == b"400"
    assert sorted(log.events) == ["foreign_host", "invalid_http", "request_refused"]
    assert "evil.example" in str(log.lines)
    assert lines_of_now(caplog) == []


def test_our_own_faults_are_told_in_full() -> None:
    def record(name: str, error: Exception | None = None, **facts: Any) -> logging.LogRecord:
        made = logging.LogRecord(name, logging.ERROR, "", 1, "text", None, error and (type(error), error, None))
        made.__dict__.update(facts)
        return made

    passes = quiet.CountCallers().filter
    assert passes(record("django.request", status_code=500))
    assert passes(record("asyncio", ValueError("x")))
    assert passes(record("uvicorn.error"))
    assert not passes(record("asyncio", RequestAborted()))


def test_a_database_that_is_away_is_one_line_for_all_requests(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = LogLines()
    monkeypatch.setattr(errors, "database_unavailable", Incident("database_unavailable", lines))
    for _ in range(5):
        assert errors.error_response(rf.get("/api/llm/calls"), OperationalError("no route")).status_code == 503
    assert lines.lines == [
        ("database_unavailable", {"error": "OperationalError: no route", "path": "/api/llm/calls"}),
    ]
