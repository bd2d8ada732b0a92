"""Questions of every kind: two groupings, filters, zones, limits, the period before, and the same as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from llm.core.usage.periods import hour_of
from llm.models import Attempt, Call, StaleHour
from llm.stores.calls import rows as call_rows
from llm.stores.usage.rollup import roll_up
from tests.conftest import Person
from tests.stores.calls.records import NOON
from tests.stores.usage.seeing import a_mixed_call

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/llm/analytics"
PERIOD = {"from": "2026-03-04T00:00:00Z", "to": "2026-03-07T00:00:00Z"}


@pytest.fixture(autouse=True, params=["rows", "sums"])
def calls(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    """60 calls, one an hour; each question is answered from rows, and from sums."""
    call_rows.insert([a_mixed_call(NOON + timedelta(hours=n), n, route=f"route {n % 2}") for n in range(60)])
    if request.param == "sums":
        roll_up(NOON + timedelta(hours=70))
    return


def _get(client: Client, admin: Person, **query: Any) -> dict[str, Any]:
    answer = client.get(ADDRESS, {**PERIOD, **query}, headers=admin.headers)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def _calls(found: dict[str, Any], *names: str) -> dict[Any, int]:
    return {tuple(group[name] for name in names or ("group",)): group["calls"] for group in found["groups"]}


def test_two_groupings(client: Client, admin: Person) -> None:
    found = _get(client, admin, group_by="route,status")
    assert found["group_by"] == "route,status"
    groups = _calls(found, "group", "group_2")
    assert sum(groups.values()) == found["totals"]["calls"] == 54
    assert ("route 0", "ok") in groups
    assert ("route 1", "ok") in groups


def test_a_dimension_by_day(client: Client, admin: Person) -> None:
    groups = _calls(_get(client, admin, group_by="key,day"), "group", "key_id", "group_2")
    assert groups[("shop 1", "k1", "2026-03-05T00:00:00Z")] == 7
    assert len(groups) == 9


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"route": "route 1"}, 27),
        ({"key": "shop 2"}, 18),
        ({"key_id": "k2"}, 18),
        ({"status": "ok"}, 8),
        ({"provider": "gemini"}, 13),
        ({"model": "claude-sonnet-5-5"}, 54),
        ({"team": "blue"}, 0),
        ({"team": "(none)"}, 54),
        ({"key": "(none)"}, 0),
        ({"provider": "claude", "route": "route 1", "status": "ok"}, 4),
    ],
)
def test_a_filter_leaves_its_calls(client: Client, admin: Person, filters: dict[str, str], expected: int) -> None:
    assert _get(client, admin, **filters)["totals"]["calls"] == expected


def test_failures_of_one_class(client: Client, admin: Person) -> None:
    totals = _get(client, admin, error_class="timeout", group_by="provider")["totals"]
    assert (totals["attempts"], totals["failures"]) == (13, {"timeout": 13})


def test_days_of_a_zone_begin_at_its_midnight(client: Client, admin: Person) -> None:
    found = _get(client, admin, group_by="day", time_zone="Africa/Douala")
    assert found["time_zone"] == "Africa/Douala"
    assert list(_calls(found)) == [(f"2026-03-0{day}T00:00:00+01:00",) for day in (4, 5, 6, 7)][: len(found["groups"])]
    assert sum(_calls(found).values()) == 54


def test_months(client: Client, admin: Person) -> None:
    assert _calls(_get(client, admin, group_by="month")) == {("2026-03-01T00:00:00Z",): 54}


def test_groups_beyond_the_limit_are_others(client: Client, admin: Person) -> None:
    every, found = (_get(client, admin, group_by="status", **limit) for limit in ({}, {"limit": 2}))
    assert len(found["groups"]) == 3
    assert [group.get("others", False) for group in found["groups"]] == [False, False, True]
    assert found["groups"][2]["group"] == "others"
    assert sum(_calls(found).values()) == 54
    most = sorted(_calls(every).values(), reverse=True)
    assert [group["calls"] for group in found["groups"][:2]] == most[:2]


def test_the_others_of_each_day(client: Client, admin: Person) -> None:
    groups = _get(client, admin, group_by="status,day", limit=1)["groups"]
    assert {group["group_2"] for group in groups if group.get("others")} == {
        f"2026-03-0{day}T00:00:00Z" for day in (4, 5, 6)
    }


def test_without_a_limit_the_answer_says_what_it_leaves_out(
    client: Client, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = _get(client, admin, group_by="key,day")
    assert every["truncated"] is None
    monkeypatch.setattr("llm.api.analytics.views.MOST_SHOWN", 3)
    found = _get(client, admin, group_by="key,day")
    assert found["truncated"] == {"shown": 1, "of": 3}
    assert found["totals"] == every["totals"]
    shown = [group for group in found["groups"] if not group.get("others")]
    assert len(shown) == 3
    assert all(group in every["groups"] for group in shown)
    for others in found["groups"][3:]:
        left = [g for g in every["groups"] if g["group_2"] == others["group_2"] and g["group"] != shown[0]["group"]]
        assert others["tokens"]["input"] == sum(group["tokens"]["input"] for group in left)
        assert sum(others["failures"].values()) == sum(sum(group["failures"].values()) for group in left)


def test_the_fields_that_are_asked_for(client: Client, admin: Person) -> None:
    found = _get(client, admin, group_by="route", fields="cost_usd, calls")
    assert list(found["totals"]) == ["calls", "cost_usd"]
    assert list(found["groups"][0]) == ["group", "calls", "cost_usd"]


def test_what_the_caches_saved_is_told_beside_the_cost(client: Client, admin: Person) -> None:
    Attempt.objects.update(saved_usd="0.25")
    StaleHour.objects.bulk_create(StaleHour(hour=hour, writer="w") for hour in {*_hours()})
    found = _get(client, admin)["totals"]
    assert found["saved_usd"] == 0.25 * found["attempts"] > 0


def test_the_parts_of_the_cost_are_the_cost(client: Client, admin: Person) -> None:
    parts = {"input": "0.0000000025", "web_searches": "0.01", "output": "0.002", "output_audio": "0.1", "requests": "1"}
    Attempt.objects.update(cost_parts=parts, cost_usd="1.112000003", units={"web_searches": 1})
    StaleHour.objects.bulk_create(StaleHour(hour=hour, writer="w") for hour in {*_hours()})
    found = _get(client, admin, fields="attempts,cost_usd,cost_parts")["totals"]
    attempts = found["attempts"]
    told = {name: round(usd / attempts, 9) for name, usd in found["cost_parts"].items() if usd}
    assert told == {"input": 3e-9, "output": 0.002, "audio": 0.1, "tools": 0.01, "rest": 1.0}
    assert sum(found["cost_parts"].values()) == pytest.approx(found["cost_usd"], abs=1e-9)
    export = client.get(f"{ADDRESS}/export", PERIOD, headers=admin.headers)
    (row,) = csv.DictReader(io.StringIO(export.content.decode()))
    assert float(row["cost_tools_usd"]) == found["cost_parts"]["tools"]


def _hours() -> list[datetime]:
    return [hour_of(moment) for moment in Call.objects.values_list("started_at", flat=True)]


def test_the_period_before(client: Client, admin: Person) -> None:
    day = {"from": "2026-03-05T00:00:00Z", "to": "2026-03-06T00:00:00Z", "compare": "previous"}
    found = _get(client, admin, group_by="route", **day)
    assert found["previous"]["period"] == {"from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
    assert found["previous"]["totals"]["calls"] == sum(group["previous"]["calls"] for group in found["groups"]) == 10


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"group_by": "model,route,status"}, "group_by"),
        ({"group_by": "model,model"}, "group_by"),
        ({"group_by": "key,model", "route": "default"}, "group_by"),
        ({"time_zone": "Africa/Duala"}, "time_zone"),
        ({"time_zone": "Asia/Kolkata", "group_by": "day"}, "time_zone"),
        ({"limit": "5", "group_by": "day"}, "limit"),
        ({"limit": "0", "group_by": "key"}, "limit"),
        ({"compare": "tomorrow"}, "compare"),
        ({"status": "fine"}, "status"),
        ({"fields": "calls,colour"}, "fields"),
    ],
)
def test_a_bad_question_names_its_field(client: Client, admin: Person, query: dict[str, str], field: str) -> None:
    answer = client.get(ADDRESS, {**PERIOD, **query}, headers=admin.headers)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["error"]["details"]


def test_the_export_has_the_same_groups(client: Client, admin: Person) -> None:
    found = _get(client, admin, group_by="key,day")
    answer = client.get(f"{ADDRESS}/export", {**PERIOD, "group_by": "key,day"}, headers=admin.headers)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["key"], row["key_id"], int(row["calls"]), float(row["cost_usd"])) for row in rows] == [
        (group["group"], group["key_id"], group["calls"], group["cost_usd"]) for group in found["groups"]
    ]


def test_the_number_of_queries_does_not_depend_on_the_calls(
    client: Client, admin: Person, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        _get(client, admin, group_by="key,day")
