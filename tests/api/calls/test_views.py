"""The call log over HTTP: pages, filters, and one call with its attempts and skips."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = "/api/llm/calls"


def _get(client: Client, admin: Person, address: str = CALLS, **query: Any) -> dict[str, Any]:
    answer = client.get(address, query, headers=admin.headers)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def _make(count: int, **fields: Any) -> None:
    now = timezone.now()
    for n in range(count):
        given = {"request_id": f"r{n}", "status": "ok", "provider": "claude", **fields}
        Call.objects.create(started_at=now - timedelta(seconds=n), route="default", origin="api", **given)


def test_pages_follow_one_another_newest_first(client: Client, admin: Person) -> None:
    _make(5)
    seen: list[str] = []
    address: str | None = f"{CALLS}?limit=2"
    while address:
        answer = client.get(address, headers=admin.headers).json()
        seen += [call["request_id"] for call in answer["calls"]]
        address = answer["next"]
    assert seen == ["r0", "r1", "r2", "r3", "r4"]


def test_calls_of_one_moment_are_each_shown_once(client: Client, admin: Person) -> None:
    now = timezone.now()
    for n in range(5):
        Call.objects.create(started_at=now, route="default", origin="api", request_id=f"r{n}", status="ok")
    first = _get(client, admin, limit=3)
    rest = client.get(first["next"], headers=admin.headers).json()
    assert sorted(c["request_id"] for c in first["calls"] + rest["calls"]) == [f"r{n}" for n in range(5)]


def test_the_list_can_be_filtered(client: Client, admin: Person) -> None:
    _make(2)
    _make(1, status="static", provider="static", request_id="lost")
    assert [c["request_id"] for c in _get(client, admin, status="static")["calls"]] == ["lost"]
    assert [c["request_id"] for c in _get(client, admin, request_id="lost")["calls"]] == ["lost"]
    assert len(_get(client, admin, provider="claude")["calls"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lucky"}, "status"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"provder": "claude"}, "provder"),
        ({"request_id": "a\x00"}, "request_id"),
    ],
)
def test_a_bad_question_names_its_field(client: Client, admin: Person, query: dict[str, str], field: str) -> None:
    answer = client.get(CALLS, query, headers=admin.headers)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, [field])


def test_one_call_has_its_attempts_and_its_skips(
    client: Client, providers: list[str], sim: Simulator, consumer: Person, admin: Person
) -> None:
    sim.fault("claude", "credit")
    ask = {"model": "default", "messages": [{"role": "user", "content": "my secret question"}]}
    for request_id in ("first", "second"):
        headers = {**consumer.headers, "X-Request-ID": request_id}
        client.post("/v1/chat/completions", ask, "application/json", headers=headers)
    (first,) = _get(client, admin, request_id="first")["calls"]
    found = _get(client, admin, f"{CALLS}/{first['id']}")
    assert [(a["provider"], a["outcome"], a["error_class"]) for a in found["attempts"]] == [
        ("claude", "failed", "credit_exhausted"),
        ("gemini", "ok", ""),
    ]
    assert found["skips"] == []
    (second,) = _get(client, admin, request_id="second")["calls"]
    answer = client.get(f"{CALLS}/{second['id']}", headers=admin.headers)
    (skip,) = answer.json()["skips"]
    assert (skip["provider"], skip["reason"]) == ("claude", "credit_exhausted")
    assert skip["until"]
    assert "secret question" not in answer.content.decode()


def test_prompts_and_answers_are_never_shown(client: Client, admin: Person, settings: Any) -> None:
    _make(1, prompt="private words", answer="private answer")
    (call,) = _get(client, admin)["calls"]
    text = client.get(f"{CALLS}/{call['id']}", headers=admin.headers).content.decode()
    assert "private" not in text
