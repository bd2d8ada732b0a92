"""The figures against call rows made by hand: each definition once, the empty state, and bad questions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from llm.ids import attempt_id, uuid7
from llm.models import Attempt, Call
from llm.services.analytics.question import Question
from llm.services.analytics.report import Report, report
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = "/api/llm/analytics"
PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
TOKENS = (
    "input", "output", "cached", "cache_written", "cache_written_1h", "reasoning", "input_audio", "output_audio",
)  # fmt: skip


def _call(minute: float = 0, *tries: dict[str, Any], **fields: Any) -> Call:
    """A call with its attempts; the last one answered it when its status is ok."""
    answered = tries[-1] if tries else {}
    moment = fields.pop("started_at", NOON + timedelta(minutes=minute))
    call = Call.objects.create(
        **{
            "id": uuid7(moment),
            "request_id": "r",
            "started_at": moment,
            "route": "default",
            "origin": "api",
            "consumer": "alice",
            "key_id": "k1",
            "status": "ok",
            "provider": answered.get("provider", ""),
            "model": answered.get("model", ""),
            "elapsed_ms": 100,
            "attempts_made": len(tries),
            **fields,
        }
    )
    for seq, one in enumerate(tries, start=1):
        Attempt.objects.create(
            **{
                "id": attempt_id(call.pk, seq),
                "call": call,
                "seq": seq,
                "kind": one["provider"],
                "started_at": call.started_at,
                "model": "",
                **one,
            }
        )
    return call


def _ok(provider: str = "claude", **fields: Any) -> dict[str, Any]:
    given = {"input_tokens": 10, "output_tokens": 5, "cost_usd": Decimal("0.001"), "model": f"{provider}-model"}
    return {"provider": provider, "outcome": "ok", **given, **fields}


def _failed(provider: str = "claude", error_class: str = "timeout", **fields: Any) -> dict[str, Any]:
    return {"provider": provider, "outcome": "failed", "error_class": error_class, **fields}


def _report() -> Report:
    day = Question(start=NOON - timedelta(hours=12), end=NOON + timedelta(hours=12), zone=ZoneInfo("UTC"))
    return report(day)


def _about(*milliseconds: float) -> Any:
    """Percentiles come from bins: within 2.5 %."""
    return {p: pytest.approx(value, rel=0.025) for p, value in zip((50, 95, 99), milliseconds, strict=True)}


def _get(client: Client, admin: Person, **query: Any) -> dict[str, Any]:
    answer = client.get(ADDRESS, {**PERIOD, **query}, headers=admin.headers)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_happened(client: Client, admin: Person) -> None:
    found = _get(client, admin)
    assert found["groups"] == []
    assert found["totals"] == {
        "calls": 0,
        "attempts": 0,
        "successes": 0,
        "failures": {},
        "fallbacks": 0,
        "static_answers": 0,
        "rejected": 0,
        "cancelled": 0,
        "availability": None,
        "latency_ms": {"p50": None, "p95": None, "p99": None},
        "first_token_ms": {"p50": None, "p95": None, "p99": None},
        "tokens": dict.fromkeys(TOKENS, 0),
        "unpriced": 0,
        "cost_usd": 0.0,
        "saved_usd": 0.0,
    }


def test_a_day_of_all_sorts(client: Client, admin: Person) -> None:
    _call(0, _ok())
    _call(1, _failed(), _ok("gemini"), fallback=True)
    _call(2, _ok("gemini"), fallback=True)
    _call(3, _failed(error_class="server_error"), _ok("claude"))
    _call(4, _failed(), _failed("gemini", "overloaded"), status="static", provider="static")
    _call(5, _failed(error_class="invalid_request"), status="rejected", provider="")
    _call(6, {**_ok(), "outcome": "cancelled"}, status="cancelled", provider="")
    _call(7, _failed(), status="failed", provider="")
    found = _get(client, admin)["totals"]
    assert (found["calls"], found["successes"], found["static_answers"]) == (8, 4, 1)
    assert (found["rejected"], found["cancelled"]) == (1, 1)
    assert found["attempts"] == 11
    assert found["failures"] == {"timeout": 3, "server_error": 1, "overloaded": 1, "invalid_request": 1}
    assert found["fallbacks"] == 2
    assert found["availability"] == pytest.approx(4 / 6)
    assert found["tokens"] == {**dict.fromkeys(TOKENS, 0), "input": 50, "output": 25}
    assert found["cost_usd"] == pytest.approx(0.005)


def test_percentiles_are_by_nearest_rank_over_answered_calls() -> None:
    for n in range(1, 201):
        _call(n / 100, _ok(), elapsed_ms=n)
    _call(3, _ok(), elapsed_ms=99_999, status="static", provider="static")
    assert _report().totals.latency_ms == _about(100, 190, 198)


def test_percentiles_of_few_calls() -> None:
    _call(0, _ok(), elapsed_ms=7)
    assert _report().totals.latency_ms == _about(7, 7, 7)
    _call(0, _ok(), elapsed_ms=9)
    assert _report().totals.latency_ms == _about(7, 9, 9)


def test_by_provider_calls_stand_at_who_answered_and_attempts_at_who_was_tried(client: Client, admin: Person) -> None:
    _call(0, _failed(), _ok("gemini"), elapsed_ms=300, fallback=True)
    _call(1, _ok(), elapsed_ms=200)
    _call(2, _failed(), status="static", provider="static")
    groups = {g["group"]: g for g in _get(client, admin, group_by="provider")["groups"]}
    assert set(groups) == {"claude", "gemini", "static"}
    claude, gemini, static = groups["claude"], groups["gemini"], groups["static"]
    assert (claude["calls"], claude["attempts"], claude["failures"]) == (1, 3, {"timeout": 2})
    assert (gemini["calls"], gemini["attempts"], gemini["fallbacks"]) == (1, 1, 1)
    assert (static["calls"], static["successes"], static["availability"]) == (1, 0, 0.0)
    assert claude["latency_ms"]["p50"] == pytest.approx(200, rel=0.025)
    assert gemini["latency_ms"]["p50"] == pytest.approx(300, rel=0.025)
    assert static["latency_ms"]["p50"] is None


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("model", [("claude-model", 3)]),
        ("route", [("conversation", 1), ("default", 2)]),
        ("key", [("alice", 2), ("bob", 1)]),
        ("hour", [("2026-03-01T12:00:00Z", 2), ("2026-03-01T13:00:00Z", 1)]),
        ("day", [("2026-03-01T00:00:00Z", 3)]),
    ],
)
def test_every_grouping(client: Client, admin: Person, group_by: str, expected: list[tuple[str, int]]) -> None:
    _call(0, _ok())
    _call(1, _ok(), route="conversation")
    _call(61, _ok(), consumer="bob", key_id="")
    found = _get(client, admin, group_by=group_by)
    assert found["group_by"] == group_by
    assert [(g["group"], g["calls"]) for g in found["groups"]] == expected
    assert [g["attempts"] for g in found["groups"]] == [n for _, n in expected]
    assert sum(g["latency_ms"]["p50"] is not None for g in found["groups"]) == len(expected)
    if group_by == "key":
        assert [g["key_id"] for g in found["groups"]] == ["k1", ""]


def test_tests_and_probes_count_only_with_include(client: Client, admin: Person) -> None:
    _call(0, _ok())
    _call(1, _ok(), origin="test")
    _call(2, _ok(), origin="probe")
    assert _get(client, admin)["totals"]["calls"] == 1
    assert _get(client, admin, include="test")["totals"]["calls"] == 3


def test_the_end_of_a_period_is_not_in_it(client: Client, admin: Person) -> None:
    _call(0, _ok())
    assert _get(client, admin, **{"from": "2026-03-01T12:00:00Z"})["totals"]["calls"] == 1
    assert _get(client, admin, to="2026-03-01T12:00:00Z")["totals"]["calls"] == 0


def test_without_a_period_it_is_the_last_day(client: Client, admin: Person) -> None:
    now = datetime.now(UTC)
    _call(0, _ok(), started_at=now - timedelta(hours=23))
    _call(0, _ok(), started_at=now - timedelta(hours=25))
    answer = client.get(ADDRESS, headers=admin.headers).json()
    assert answer["totals"]["calls"] == 1
    assert answer["period"]["from"] < answer["period"]["to"]


def test_unpriced_calls_cost_nothing_known(client: Client, admin: Person) -> None:
    _call(0, _ok(cost_usd=None))
    assert _get(client, admin)["totals"]["cost_usd"] == 0.0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01T00:00:00Z"}, "to"),
        ({"from": "2026-03-03T00:00:00Z"}, "from"),
        ({"from": "2020-01-01T00:00:00Z", "group_by": "hour"}, "from"),
        ({"group_by": "colour"}, "group_by"),
        ({"include": "everything"}, "include"),
        ({"groupby": "hour"}, "groupby"),
    ],
)
def test_a_bad_question_names_its_field(client: Client, admin: Person, query: dict[str, str], field: str) -> None:
    answer = client.get(ADDRESS, {**PERIOD, **query}, headers=admin.headers)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["error"]["details"]


def test_the_first_year_there_is_has_no_day_before_it(client: Client, admin: Person) -> None:
    answer = client.get(ADDRESS, {"to": "0001-01-01T00:00:00Z"}, headers=admin.headers)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["to"])
