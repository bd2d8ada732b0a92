"""The first page: cards beside the day before, the chart, trackers, changes, alerts; each with its links and rights."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from llm.admin.console.overview.changes import sentence
from llm.models import AlertLedger, CircuitEvent
from llm.services.analytics.day import HOURS, last_day
from tests.admin.console.log import call

pytestmark = pytest.mark.django_db

PAGE, UPPER, LOWER = "/admin/", "/admin/console/now/", "/admin/console/day/"
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def log(db: None) -> None:
    call(("claude", ""))
    call(("claude", "rate_limited"), ("gemini", ""), fallback=True)
    call(("claude", "timeout"), status="static", provider="static")
    call(("claude", "timeout"))
    call(status="cancelled")
    call(("claude", ""), origin="probe")
    call(("claude", ""), ago=DAY + 5 * MINUTE)


def cards(client: Client) -> dict[str, Any]:
    return {card.title: card for card in client.get(PAGE).context["cards"]}


def test_the_cards_count_calls_without_tests_beside_the_day_before(log: None, console: Client) -> None:
    shown = cards(console)
    assert {title: card.value for title, card in shown.items()} == {
        "Calls in 24 h": "5",
        "By the first choice": "25 %",
        "Static texts": "1",
        "Spending": "$0.02",
    }
    assert (shown["Calls in 24 h"].change.text, shown["Calls in 24 h"].change.before) == ("+400 %", "1")
    assert (shown["By the first choice"].change.text, shown["By the first choice"].change.tone) == ("−75 points", "bad")
    assert shown["Static texts"].change.text == "none before"


def test_each_number_leads_to_the_calls_that_it_counts(log: None, console: Client) -> None:
    shown = cards(console)
    for title, number in (("Calls in 24 h", 5), ("By the first choice", 1), ("Static texts", 1)):
        assert len(console.get(shown[title].href).context["rows"]) == number, title
    series = {one.label: one for one in console.get(PAGE).context["chart"].series}
    assert {label: one.total for label, one in series.items()} == {
        "claude": "1",
        "gemini": "1",
        "static text": "1",
        "not answered": "1",
        "rejected or cancelled": "1",
    }
    for label, one in series.items():
        assert len(console.get(one.href).context["rows"]) == 1, label


def test_the_month_has_these_24_hours_and_what_was_before_them(console: Client) -> None:
    today = timezone.now()
    call(("claude", ""))
    call(("claude", ""), at=today.replace(day=1, hour=0, minute=0, second=1), cost_usd=Decimal("0.01"))
    day = last_day()
    assert day.month_usd == Decimal("0.02")
    assert len(day.hours) == HOURS
    assert day.pace_usd is None or day.pace_usd >= day.month_usd


def test_a_tracker_has_a_cell_for_each_quarter_with_attempts(console: Client) -> None:
    now = timezone.now()
    for errors, ago in ((("", ""), 300), (("", "timeout", ""), 200), (("timeout", "timeout"), 100)):
        at = (now - ago * MINUTE).replace(minute=30, second=0, microsecond=0)
        for error in errors:
            call(("claude", error), at=at)
    row = console.get(LOWER).context["trackers"].rows[-1]
    assert row.name == "claude"
    assert [cell.css for cell in row.cells] == ["ok", "wait", "failed"]
    assert row.cells[1].tip.endswith(": 3 attempts, 1 failed (too slow)")
    assert len(console.get(row.cells[1].href).context["rows"]) == 3
    assert row.share == "57 %"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"before": "closed", "after": "open", "reason": "credit_exhausted"}, "claude is out: out of credit"),
        ({"before": "open", "after": "half_open"}, "claude is being tried again"),
        ({"before": "half_open", "after": "closed"}, "claude answers again"),
        ({"before": "half_open", "after": "closed", "by": "ada"}, "claude answers again, by ada"),
        ({"before": "closed", "after": "closed", "reason": "rate_limited"}, "claude: rate limited"),
        (
            {"before": "closed", "after": "drain", "reason": "draining", "by": "ada", "detail": "key rotation"},
            "ada: claude draining (key rotation)",
        ),
    ],
)
def test_a_change_is_a_sentence(fields: dict[str, str], words: str) -> None:
    assert sentence(CircuitEvent(provider="claude", at=timezone.now(), **fields)) == words


def test_the_last_changes_are_the_newest_first(console: Client) -> None:
    for name, ago in (("claude", 9), ("gemini", 3)):
        at = timezone.now() - ago * MINUTE
        CircuitEvent.objects.create(provider=name, at=at, before="closed", after="open", reason="timeout")
    sentences = [line.sentence for line in console.get(LOWER).context["changes"].lines]
    assert sentences == ["gemini is out: too slow", "claude is out: too slow"]


def test_alerts_are_open_until_their_ending_was_notified(console: Client) -> None:
    now = timezone.now().isoformat()
    line = {"topic": "wallet", "name": "claude", "active": True, "rank": 1, "since": now, "times": 1}
    line |= {"reminded_at": None, "counted_until": now, "told": {"wallet_low": now}}
    over = {**line, "name": "gemini", "active": False}
    assert console.get(UPPER).context["alerts"] == ()
    assert AlertLedger.objects.count() == 0  # looking writes nothing
    AlertLedger.objects.create(pk=1, value={"began": now, "lines": [line, over]})
    assert [alert.title for alert in console.get(UPPER).context["alerts"]] == ["The money of claude runs out"]


def test_each_part_needs_the_right_to_its_screen(log: None, viewer: Callable[..., Client]) -> None:
    bare = viewer()
    assert [part in bare.get(PAGE).context for part in ("strip", "cards", "chart", "alerts")] == [False] * 4
    assert [part in bare.get(LOWER).context for part in ("trackers", "changes")] == [False] * 2
    assert "strip" in viewer("view_provider").get(UPPER).context
    assert "cards" not in viewer("view_provider").get(UPPER).context
    assert "wallet" not in viewer("view_call").get(UPPER).content.decode()


def test_the_page_refreshes_itself_in_the_foreground_only(console: Client) -> None:
    page = console.get(PAGE).content.decode()
    assert 'hx-get="/admin/console/now/" hx-trigger="every 10s [!document.hidden]"' in page
    assert 'id="djb-now"' in console.get(UPPER).content.decode()
