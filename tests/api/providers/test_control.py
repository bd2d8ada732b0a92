"""`POST /api/llm/providers/{name}/control`: what it does, what it answers, what it refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from llm.models import Override
from llm.simulator import Simulator
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {"model": "default", "messages": [{"role": "user", "content": "Hello"}]}


def control(client: Client, person: Person, body: dict[str, Any], name: str = "claude") -> Any:
    return client.post(f"/api/llm/providers/{name}/control", body, "application/json", headers=person.headers)


def test_a_drain_answers_with_the_providers_status(client: Client, providers: list[str], admin: Person) -> None:
    answer = control(client, admin, {"action": "drain", "reason": "new key", "for_s": 600})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["state"], shown["available"], shown["reason"]) == (
        "claude",
        "disabled",
        False,
        "draining",
    )
    held = shown["override"]
    assert (held["mode"], held["reason"], held["by"]) == ("drain", "new key", "ada")
    until = datetime.fromisoformat(held["until"])
    assert timedelta(seconds=590) < until - timezone.now() <= timedelta(seconds=600)
    assert datetime.fromisoformat(shown["retry_at"]) == until
    asked = client.post("/v1/chat/completions", ASK, "application/json", headers=admin.headers)
    assert asked["X-LLM-Provider"] == "gemini"
    listed = client.get("/api/llm/status", headers=admin.headers).json()["providers"]
    assert [one["override"] and one["override"]["mode"] for one in listed] == ["drain", None, None]


def test_an_end_may_be_a_date_with_or_without_a_zone(client: Client, providers: list[str], admin: Person) -> None:
    for until in ("2027-01-01T00:00:00", "2027-01-01T01:00:00+01:00"):
        shown = control(client, admin, {"action": "disable", "until": until}).json()
        assert datetime.fromisoformat(shown["override"]["until"]).isoformat() == "2027-01-01T00:00:00+00:00"


def test_release_reset_and_probe(client: Client, providers: list[str], admin: Person, sim: Simulator) -> None:
    assert control(client, admin, {"action": "force_open"}).json()["state"] == "open"
    assert control(client, admin, {"action": "release"}).json()["override"] is None
    assert control(client, admin, {"action": "reset", "reason": "refilled"}).json()["state"] == "closed"
    assert control(client, admin, {"action": "probe"}).status_code == 200
    assert sim.counts("claude").models == 1


def test_the_timeline_shows_the_operators_acts(client: Client, providers: list[str], admin: Person) -> None:
    control(client, admin, {"action": "force_closed", "reason": "the circuit is wrong", "for_s": 60})
    control(client, admin, {"action": "release"})
    events = client.get("/api/llm/providers/claude/events", headers=admin.headers).json()["events"]
    assert [(e["before"], e["after"], e["reason"], e["by"]) for e in events] == [
        ("force_closed", "closed", "release", "ada"),
        ("closed", "force_closed", "forced_closed", "ada"),
    ]
    assert (events[1]["detail"], events[1]["until"] is not None) == ("the circuit is wrong", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "explode"}, "action"),
        ({"action": ["drain"]}, "action"),
        ({"action": "drain", "for_s": 0}, "for_s"),
        ({"action": "drain", "for_s": -5}, "for_s"),
        ({"action": "drain", "for_s": "soon"}, "for_s"),
        ({"action": "drain", "for_s": "nan"}, "for_s"),
        ({"action": "drain", "for_s": 10**12}, "for_s"),
        ({"action": "drain", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"action": "drain", "until": "9999-12-31T23:59:59Z"}, "until"),
        ({"action": "drain", "until": "tomorrow"}, "until"),
        ({"action": "drain", "for_s": 5, "until": "2027-01-01T00:00:00Z"}, "until"),
        ({"action": "reset", "for_s": 5}, "for_s"),
        ({"action": "release", "until": "2027-01-01T00:00:00Z"}, "until"),
        ({"action": "drain", "reason": "x" * 201}, "reason"),
        ({"action": "drain", "reason": None}, "reason"),
        ({"action": "drain", "wherefore": "x"}, "wherefore"),
    ],
)
def test_a_bad_value_is_a_400_that_names_the_field(
    client: Client, providers: list[str], admin: Person, body: dict[str, Any], field: str
) -> None:
    answer = control(client, admin, body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]
    assert not Override.objects.exists()


def test_an_unknown_provider_is_a_404(client: Client, providers: list[str], admin: Person) -> None:
    assert control(client, admin, {"action": "drain"}, "mistral").status_code == 404


def test_a_consumer_may_not(client: Client, providers: list[str], consumer: Person) -> None:
    assert control(client, consumer, {"action": "drain"}).status_code == 403
    assert not Override.objects.exists()
