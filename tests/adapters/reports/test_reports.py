"""Reports over real HTTP: the simulator's, and answers that are none."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from llm.adapters.bounds import LIST_BYTES
from llm.adapters.reports import ReportAccount, read_day
from llm.core.addresses.reach import PUBLIC, TRUSTED
from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.day import TokenKind, Tokens
from llm.simulator import Simulator
from llm.simulator.billing.ledger import Distortion, Fault, Served, key_id

DAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ADMIN_KEY = "sk-admin-of-the-tests"
MODELS = {"claude": "claude-sonnet-5-5", "openai": "gpt-5-mini"}


def account(sim: Simulator, kind: str, **changes: Any) -> ReportAccount:
    whole = ReportAccount(name=kind, kind=kind, base_url=sim.url(kind), admin_key=ADMIN_KEY, reach=TRUSTED)
    return replace(whole, **changes)


def served(kind: str, hours: int = 0, **tokens: int) -> Served:
    return Served(at=NOON + timedelta(hours=hours), key_id=key_id("k"), model=MODELS[kind], **tokens)


@pytest.fixture(params=["claude", "openai"])
def kind(request: pytest.FixtureRequest, sim: Simulator) -> str:
    name: str = request.param
    sim.ledger(name).add(
        [
            served(name, input=1000, cached=400, output=50),
            served(name, input=10, output=5),
            served(name, 3, input=7, output=3),
            served(name, 24, input=9999, output=9999),
        ]
    )
    return name


def test_a_day_is_read_by_hours_with_its_charges(sim: Simulator, kind: str) -> None:
    day = asyncio.run(read_day(account(sim, kind), DAY))

    assert [(line.hour, line.tier, line.tokens) for line in day.lines] == [
        (NOON, "", Tokens(input=1010, cached=400, output=55)),
        (NOON + timedelta(hours=3), "", Tokens(input=7, output=3)),
    ]
    assert {line.key_id for line in day.lines} == {key_id("k")}
    assert {charge.kind for charge in day.charges} == {TokenKind.INPUT, TokenKind.CACHED, TokenKind.OUTPUT}
    assert day.usd > 0
    assert {charge.model for charge in day.charges} == {MODELS[kind]}


def test_every_page_is_read(sim: Simulator, kind: str) -> None:
    whole = asyncio.run(read_day(account(sim, kind), DAY))
    sim.ledger(kind).page_size = 5
    assert asyncio.run(read_day(account(sim, kind), DAY)) == whole


def test_the_money_is_in_dollars(sim: Simulator) -> None:
    sim.ledger("claude").add([served("claude", input=1_000_000)])
    sim.ledger("openai").add([served("openai", output=1_000_000)])
    assert asyncio.run(read_day(account(sim, "claude"), DAY)).usd == Decimal(2)
    assert asyncio.run(read_day(account(sim, "openai"), DAY)).usd == Decimal(2)


def test_openai_counts_requests_and_anthropic_does_not(sim: Simulator, kind: str) -> None:
    lines = asyncio.run(read_day(account(sim, kind), DAY)).lines
    assert [line.requests for line in lines] == ([2, 1] if kind == "openai" else [None, None])


def test_the_priority_tier_is_in_the_usage_and_not_in_anthropics_costs(sim: Simulator) -> None:
    sim.ledger("claude").add([served("claude", input=10, output=5)])
    sim.ledger("claude").distort([Fault(name=Distortion.WRONG_TIER, every=1)])
    day = asyncio.run(read_day(account(sim, "claude"), DAY))
    assert [line.tier for line in day.lines] == ["priority"]
    assert day.charges == ()
    assert day.uncharged_tiers == {"priority"}


def test_a_key_that_is_no_admin_key_is_named_and_not_shown(sim: Simulator, kind: str) -> None:
    with pytest.raises(
        ReportUnavailable, match=r"The report of \w+ could not be read: .* answered HTTP 401"
    ) as refused:
        asyncio.run(read_day(account(sim, kind, admin_key="sk-ordinary-1234567"), DAY))
    assert "sk-ordinary" not in str(refused.value)
    assert "sk-ordinary" not in repr(account(sim, kind, admin_key="sk-ordinary-1234567"))


def test_a_private_address_is_not_asked(sim: Simulator, kind: str) -> None:
    with pytest.raises(ReportUnavailable, match="LLM_ALLOW_PRIVATE_HOSTS"):
        asyncio.run(read_day(account(sim, kind, reach=PUBLIC), DAY))


def test_a_name_of_a_private_address_is_not_asked(sim: Simulator, kind: str) -> None:
    url = sim.url(kind).replace("127.0.0.1", "localhost.localdomain")
    with pytest.raises(ReportUnavailable):
        asyncio.run(read_day(account(sim, kind, base_url=url, reach=PUBLIC), DAY))


def test_nobody_there_is_one_sentence() -> None:
    nowhere = ReportAccount(
        name="claude", kind="claude", base_url="http://127.0.0.1:1", admin_key=ADMIN_KEY, reach=TRUSTED
    )
    with pytest.raises(ReportUnavailable, match=r"could not be read: .*ConnectError"):
        asyncio.run(read_day(nowhere, DAY))


def strange(url: str) -> ReportAccount:
    """An account at a server that is no vendor."""
    return ReportAccount(name="claude", kind="claude", base_url=url, admin_key=ADMIN_KEY, reach=TRUSTED)


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


GOOD = '{"starting_at": "2026-11-26T12:00:00Z", "results": [%s]}'
UNUSABLE = {
    "no JSON": (b"<html>", "answered what is no JSON"),
    "a list": (b"[]", "answered no JSON object"),
    "no data": (b"{}", "has no list `data` of objects"),
    "data of numbers": (b'{"data": [1]}', "has no list `data` of objects"),
    "no next page": (b'{"data": [], "has_more": true}', "says has_more without a next_page"),
    "endless pages": (b'{"data": [], "has_more": true, "next_page": "x"}', "has more than 200 pages"),
    "no hour": (b'{"data": [{"results": [{}]}]}', "unusable starting_at: None"),
    "no counts": (b'{"data": [%s]}' % (GOOD % "{}").encode(), "unusable uncached_input_tokens: None"),
    "negative counts": (
        b'{"data": [%s]}' % (GOOD % '{"uncached_input_tokens": -1}').encode(),
        "unusable uncached_input_tokens: -1",
    ),
    "too long": (b'{"data": ["' + b"x" * LIST_BYTES + b'"]}', f"longer than {LIST_BYTES} bytes"),
}


@pytest.mark.parametrize(("body", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_report_is_named(body: bytes, words: str) -> None:
    with answering(200, body) as url, pytest.raises(ReportUnavailable, match=words):
        asyncio.run(read_day(strange(url), DAY))


def test_a_redirect_is_not_followed(sim: Simulator) -> None:
    with (
        answering(307, b"", {"Location": sim.url("claude")}) as url,
        pytest.raises(ReportUnavailable, match="answered HTTP 307"),
    ):
        asyncio.run(read_day(strange(url), DAY))


def test_an_answer_that_repeats_the_key_does_not_show_it() -> None:
    body = f'{{"error": {{"message": "wrong key {ADMIN_KEY}"}}}}'.encode()
    with answering(401, body) as url, pytest.raises(ReportUnavailable) as refused:
        asyncio.run(read_day(strange(url), DAY))
    assert ADMIN_KEY not in str(refused.value)
    assert "wrong key" in str(refused.value)
