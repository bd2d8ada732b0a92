"""Spending and latency: the settings in the address, the table, and CSV of exactly what is seen."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from llm.admin.console.usage.period import named_period, period_of
from llm.models import Budget, Consumer, Team
from llm.services.analytics.question import Grouping
from tests.admin.console.log import call

pytestmark = pytest.mark.django_db

SPEND, LATENCY = "/admin/console/spend/", "/admin/console/latency/"
DAY = timedelta(days=1)


@pytest.fixture
def log(db: None) -> None:
    for _ in range(3):
        call(("claude", ""), first_token_ms=150.0)
    call(("claude", "rate_limited"), ("gemini", ""), fallback=True, consumer="bob", first_token_ms=400.0)
    call(("claude", ""), ago=8 * DAY)


def table(client: Client, **query: Any) -> Any:
    return client.get(SPEND, query).context["shown"].table


def csv_rows(client: Client, page: str, **query: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(page.rstrip("/") + ".csv", query).content.decode())))


def test_the_table_has_shares_and_a_total_that_is_their_sum(log: None, console: Client) -> None:
    shown = table(console, by="provider")
    assert [(row.names, dict(row.cells)["cost"], dict(row.cells)["share"]) for row in (*shown.rows, shown.total)] == [
        (("claude",), "$0.03", "75 %"),
        (("gemini",), "$0.01", "25 %"),
        (("Total",), "$0.04", "100 %"),
    ]
    assert shown.total.change.text == "+300 %"


@pytest.mark.parametrize("metric", ["spend", "calls", "tokens", "failures", "p95"])
@pytest.mark.parametrize(("by", "then"), [("model", ""), ("key", "provider"), ("route", "status"), ("team", "")])
def test_every_setting_is_shown_and_exported_alike(log: None, console: Client, metric: str, by: str, then: str) -> None:
    query = {"metric": metric, "by": by, "then": then, "period": "30d"}
    shown = table(console, **query)
    rows = csv_rows(console, SPEND, **query)
    assert len(rows) == len(shown.rows) + 1
    assert list(rows[0]) == list(shown.headers)
    assert [row["calls"] for row in rows] == [dict(row.cells)["calls"] for row in (*shown.rows, shown.total)]
    assert rows[-1]["calls"] == "5"
    assert Decimal(rows[-1]["cost"]) == Decimal("0.05")


def test_a_row_leads_to_its_calls(log: None, console: Client) -> None:
    bob = next(row for row in table(console, by="key").rows if row.names == ("bob",))
    assert len(console.get(bob.href).context["rows"]) == 1


def test_the_page_of_one_consumer_has_their_calls_alone(log: None, console: Client) -> None:
    page = console.get(SPEND, {"consumer": "bob", "by": "provider"})
    shown = page.context["shown"].table
    assert [row.names for row in shown.rows] == [("gemini",), ("claude",)]
    assert len(console.get(shown.total.href).context["rows"]) == 1
    assert dict(shown.total.cells)["cost"] == "$0.01"
    assert page.context["all_href"] == "?by=provider"


def test_who_spends_leads_to_its_calls_and_its_spending(log: None, viewer: Callable[..., Client]) -> None:
    team = Team.objects.create(name="shop")
    holder = Consumer.objects.create(name="bob", user=User.objects.create_user("bob"), team=team)
    budget = Budget.objects.create(name="of-bob", usd=5, scope="consumer", target="bob")
    desk = viewer("view_team", "view_consumer", "view_budget", "view_call", "view_usagesum")
    for row in (team, holder, budget):
        page = desk.get(f"/admin/llm/{row._meta.model_name}/{row.pk}/change/")
        usage = page.context["usage"]
        assert escape(usage.calls) in page.content.decode()
        assert escape(usage.spending) in page.content.decode()
        assert len(desk.get(usage.calls).context["rows"]) == (0 if row is team else 1)
        assert desk.get(usage.spending).context["shown"].table.total.plain[0] == (0 if row is team else 1)
    blind = viewer("view_team").get(f"/admin/llm/team/{team.pk}/change/")
    assert blind.context["usage"] == ("", "")


def test_what_has_no_price_is_told_with_its_calls(log: None, console: Client) -> None:
    from llm.models import Attempt

    row = call(("claude", ""), cost_usd=None, unpriced_attempts=1)
    Attempt.objects.filter(call=row).update(unpriced=True, cost_usd=None)
    shown = table(console)
    assert shown.total.unpriced == 1
    assert len(console.get(shown.total.unpriced_href).context["rows"]) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"by": "nobody"}, "by"),
        ({"period": "1y"}, "period"),
        ({"from": "2026-11-02T00:00", "to": "2026-11-01T00:00"}, "since"),
        ({"from": "2020-01-01T00:00"}, "since"),
        ({"to": "2026-11-01T00:00"}, "since"),
        ({"by": "route", "then": "key"}, ""),
        ({"by": "team", "then": "error_class"}, ""),
    ],
)
def test_settings_that_make_no_sense_are_named(console: Client, query: dict[str, str], field: str) -> None:
    answer = console.get(SPEND, query)
    assert list(answer.context["form"].errors) == ([field] if field else [])
    assert ("shown" in answer.context) is not bool(field)


def test_latency_is_the_callers_and_errors_are_the_attempts(log: None, console: Client) -> None:
    shown = console.get(LATENCY).context["shown"]
    claude, gemini = sorted(shown.rows, key=lambda row: row.name)
    cells = dict(claude.cells)
    assert cells["answered calls"] == "3"
    assert cells["first token, p50"] in {"149 ms", "150 ms", "151 ms", "152 ms"}
    assert cells["successful attempts"] == "75 %"
    assert [(error.label, error.number) for error in claude.errors] == [("rate limited", "1")]
    assert len(console.get(claude.errors[0].href).context["rows"]) == 1
    assert dict(gemini.cells)["answered calls"] == "1"


def test_the_gateways_own_share_is_what_the_vendor_did_not_take(log: None, console: Client) -> None:
    own = console.get(LATENCY).context["shown"].own
    assert (own.calls, own.p50_ms, own.p95_ms) == (3, 10.0, 10.0)


def test_the_csv_of_latency_has_the_rows_of_the_page(log: None, console: Client) -> None:
    rows = csv_rows(console, LATENCY)
    assert {row["provider"]: row["errors"] for row in rows} == {"claude": "rate_limited:1", "gemini": ""}


def test_the_pages_need_the_right_to_usage(viewer: Callable[..., Client]) -> None:
    for page in (SPEND, LATENCY, "/admin/console/spend.csv", "/admin/console/latency.csv"):
        assert viewer("view_call").get(page).status_code == 403


def test_periods_begin_with_their_intervals_in_the_zone_of_the_reader() -> None:
    now = datetime(2026, 3, 30, 9, 20, tzinfo=ZoneInfo("Europe/Paris"))  # the clocks went forward the day before
    with timezone.override("Europe/Paris"):
        week = named_period("7d", now)
        assert [f"{at:%d %H:%M}" for at in week.intervals()] == [f"{day} 00:00" for day in range(24, 31)]
        assert f"{named_period('month', now).start:%d %H:%M}" == "01 00:00"
        day = period_of(now - timedelta(hours=3), now)
        assert (day.interval, [f"{at:%H:%M}" for at in day.intervals()]) == (
            Grouping.HOUR,
            ["06:00", "07:00", "08:00", "09:00"],
        )
        assert len(list(period_of(datetime(2026, 3, 29, 0, 0, tzinfo=now.tzinfo), now).intervals())) == 33
