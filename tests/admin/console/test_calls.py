"""The list of calls: filters in the address, sums, pages, live view, export."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from llm.admin.console.calls.page import LIVE_FOR_S
from tests.admin.console.log import call

pytestmark = pytest.mark.django_db

LIST, LIVE, CSV = "/admin/llm/call/", "/admin/console/calls/live/", "/admin/console/calls.csv"
HOUR = timedelta(hours=1)


def shown(client: Client, **query: Any) -> set[str]:
    """The request ids in the list."""
    return {row.request_id for row in client.get(LIST, query).context["rows"]}


@pytest.fixture
def log(db: None) -> None:
    call(("claude", ""), request_id="plain", tags=["vip"], team="shop", key_id="k-1")
    call(("claude", "rate_limited"), ("gemini", ""), request_id="second", fallback=True, elapsed_ms=4000, stream=True)
    call(("openai", "timeout"), request_id="static", status="static", provider="static", consumer="bob")
    call(request_id="failed", error_class="overloaded", route="support", consumer="bob")
    call(("gemini", ""), request_id="probe", origin="probe", cost_usd=Decimal(2))
    call(("claude", ""), request_id="old", ago=30 * HOUR)
    call(("claude", ""), request_id="free", cost_usd=None, unpriced_attempts=1)


ALL = {"plain", "second", "static", "failed", "probe", "free"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ALL),
        ({"last": "7d"}, ALL | {"old"}),
        ({"last": "all", "consumer": "bob"}, {"static", "failed"}),
        ({"key_id": "k-1"}, {"plain"}),
        ({"team": "shop"}, {"plain"}),
        ({"tag": "vip"}, {"plain"}),
        ({"tag": "vi"}, set()),
        ({"route": "support"}, {"failed"}),
        ({"model": "model of gemini"}, {"second", "probe"}),
        ({"first": "claude"}, {"plain", "second", "free"}),
        ({"tried": "openai"}, {"static"}),
        ({"provider": "gemini"}, {"second", "probe"}),
        ({"status": "static"}, {"static"}),
        ({"status": "unanswered"}, {"failed"}),
        ({"error": "overloaded"}, {"failed"}),
        ({"error": "rate_limited"}, {"second"}),
        ({"error": "rate_limited", "tried": "gemini"}, set()),
        ({"slower": "3000"}, {"second"}),
        ({"dearer": "1.5"}, {"probe"}),
        ({"stream": "1"}, {"second"}),
        ({"choice": "other"}, {"second"}),
        ({"choice": "first"}, {"plain", "probe", "free"}),
        ({"origin": "callers"}, ALL - {"probe"}),
        ({"origin": "probe"}, {"probe"}),
        ({"unpriced": "1"}, {"free"}),
        ({"q": "sec"}, set()),
        ({"q": "seco"}, {"second"}),
        ({"q": "old"}, {"old"}),
    ],
    ids=lambda value: urlencode(value) if isinstance(value, dict) else "",
)
def test_each_filter_finds_its_calls(log: None, console: Client, query: dict[str, str], found: set[str]) -> None:
    assert shown(console, **query) == found


def test_moments_and_quarters_bound_the_time(console: Client) -> None:
    at = timezone.now().replace(minute=20, second=0, microsecond=0) - 48 * HOUR
    call(("claude", ""), request_id="in", at=at)
    call(("claude", ""), request_id="before", at=at - timedelta(minutes=6))
    since, until = (at - timedelta(minutes=1), at + timedelta(minutes=1))
    assert shown(console, **{"from": f"{since:%Y-%m-%dT%H:%M}", "to": f"{until:%Y-%m-%dT%H:%M}"}) == {"in"}
    assert shown(console, quarter=f"{at.replace(minute=15):%Y%m%d%H%M}") == {"in"}


@pytest.mark.parametrize("query", [{"slower": "much"}, {"from": "yesterday"}, {"quarter": "x"}, {"status": "odd"}])
def test_a_filter_that_makes_no_sense_is_named_and_nothing_is_listed(console: Client, query: dict[str, str]) -> None:
    answer = console.get(LIST, query)
    assert len(answer.context["form"].errors) == 1
    assert "rows" not in answer.context
    assert console.get(CSV, query).status_code == 400


def test_the_sums_are_those_of_the_selection(log: None, console: Client) -> None:
    values = [fact.value for fact in console.get(LIST, {"origin": "callers"}).context["facts"]]
    assert values == ["5", "$0.02", "4000 ms", "1", "1", "1"]


def test_the_way_and_the_cause_are_in_words(log: None, console: Client) -> None:
    skips = [{"provider": "claude", "reason": "credit_exhausted"}, {"provider": "mine", "reason": "disabled"}]
    call(("gemini", ""), request_id="passed", skips=skips, fallback=True)
    rows = {row.request_id: row for row in console.get(LIST).context["rows"]}
    assert [(step.name, step.mark) for step in rows["second"].steps] == [("claude", "✕"), ("gemini", "✓")]
    assert rows["second"].cause == "claude: rate limited"
    assert rows["static"].steps[-1].name == "static text"
    assert rows["passed"].cause == "claude: out of credit"
    assert rows["plain"].cause == ""


def test_older_pages_follow_without_a_gap_or_a_double(console: Client) -> None:
    at = timezone.now() - HOUR
    for number in range(101):
        call(request_id=f"n-{number}", at=at)
    seen, address = [], LIST
    while address:
        page = console.get(address)
        seen += [row.request_id for row in page.context["rows"]]
        address = page.context["older_href"] and LIST + page.context["older_href"]
    assert len(seen) == 101
    assert len(set(seen)) == 101


def test_the_live_view_tells_what_is_new_and_nothing_else(console: Client) -> None:
    call(("claude", ""), request_id="first", consumer="bob")
    page = console.get(LIST, {"live": "1", "consumer": "bob"})
    poll = {"consumer": "bob", "began": timezone.now().isoformat(), "seen": page.context["seen"]}
    assert 'hx-trigger="every 2s [!document.hidden]"' in page.content.decode()
    assert console.get(LIVE, poll).status_code == 204
    call(("claude", ""), request_id="another", ago=timedelta(0))
    assert console.get(LIVE, poll).status_code == 204
    call(("claude", ""), request_id="new", consumer="bob", ago=timedelta(0))
    assert "new" in console.get(LIVE, poll).content.decode()


def test_the_live_view_ends_by_itself(console: Client) -> None:
    began = timezone.now() - timedelta(seconds=LIVE_FOR_S + 1)
    answer = console.get(LIVE, {"began": began.isoformat()})
    assert answer.status_code == 286
    assert "has ended" in answer.content.decode()


def test_the_export_has_the_selection_and_no_formula(log: None, console: Client) -> None:
    call(request_id="=1+1", consumer="bob")
    answer = console.get(CSV, {"consumer": "bob"})
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert {line["request_id"] for line in lines} == {"static", "failed", "'=1+1"}
    assert "prompt" not in lines[0]


def test_the_list_needs_its_right(viewer: Callable[..., Client]) -> None:
    for page in (LIST, LIVE, CSV):
        assert viewer("view_provider").get(page).status_code == 403
