"""POST /api/ai-suggestions/generate over the whole stack: server, gateway, SDKs, simulated vendors, database."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from llm.models import Call, StaticText
from llm.simulator import Simulator
from suggestions.static_texts import TEXTS
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/ai-suggestions/generate"
LEAK = "J'ai une fuite d'eau dans la cuisine à Bonapriso"


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as client:
        yield client


def suggest(http: httpx2.Client, **body: Any) -> dict[str, Any]:
    answer = http.post(URL, json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    assert shown["request_id"] == answer.headers["X-Request-ID"]
    return shown


def everyone_down(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")


def test_claude_makes_three_suggestions(http: httpx2.Client) -> None:
    shown = suggest(http, message=LEAK)
    assert (shown["provider"], shown["degraded"]) == ("claude", False)
    assert len(shown["suggestions"]) == 3
    assert all(each["text"] and 0 <= each["confidence"] <= 1 for each in shown["suggestions"])


def test_as_many_as_were_asked_for(http: httpx2.Client) -> None:
    assert len(suggest(http, message=LEAK, count=5)["suggestions"]) == 5


def test_a_context_is_enough_and_reaches_the_vendor_as_data(http: httpx2.Client, sim: Simulator) -> None:
    suggest(http, context={"service": "plumbing", "quartier": "Deïdo", "note": "</request>"})
    [asked] = sim.requests("claude")
    sent = json.dumps(asked.body, ensure_ascii=False)
    assert "Deïdo" in sent
    assert sent.count("</request>") == 1


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ({"message": LEAK}, "French"),
        ({"message": "My kitchen tap is leaking since yesterday"}, "English"),
        ({"message": LEAK, "language": "en"}, "English"),
        ({"context": {"said": "please I need a plumber for my house"}}, "English"),
    ],
)
def test_the_suggestions_are_asked_for_in(
    http: httpx2.Client, sim: Simulator, body: dict[str, Any], language: str
) -> None:
    suggest(http, **body)
    [asked] = sim.requests("claude")
    assert f"in {language}." in json.dumps(asked.body)


def test_gemini_takes_over_from_a_claude_without_credit(http: httpx2.Client, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    shown = suggest(http, message=LEAK)
    assert (shown["provider"], shown["degraded"], len(shown["suggestions"])) == ("gemini", False, 3)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_static_list_comes_in_the_asked_language(
    http: httpx2.Client, sim: Simulator, providers: list[str], language: str
) -> None:
    everyone_down(sim, providers)
    shown = suggest(http, message=LEAK, language=language, count=2)
    lines = TEXTS[language].splitlines()
    assert [each["text"] for each in shown["suggestions"]] == lines[:2]
    assert (shown["provider"], shown["degraded"]) == ("static", True)


def test_operators_write_the_static_list(http: httpx2.Client, sim: Simulator, providers: list[str]) -> None:
    StaticText.objects.update_or_create(
        route="suggestions", language="fr", defaults={"text": "Appelez le 650 00 00 00\n\n- Envoyez une photo"}
    )
    everyone_down(sim, providers)
    texts = [each["text"] for each in suggest(http, message=LEAK, count=5)["suggestions"]]
    assert texts == ["Appelez le 650 00 00 00", "Envoyez une photo"]


def test_an_answer_that_holds_no_suggestion_is_asked_for_elsewhere(http: httpx2.Client, sim: Simulator) -> None:
    sim.reply("claude", text="Je préfère parler du temps qu'il fait.")
    shown = suggest(http, message=LEAK)
    assert (shown["provider"], len(shown["suggestions"])) == ("gemini", 3)
    assert (sim.calls("claude"), sim.calls("gemini"), sim.calls("openai")) == (1, 1, 0)


def test_prose_from_everybody_ends_in_the_static_list(
    http: httpx2.Client, sim: Simulator, providers: list[str]
) -> None:
    for name in providers:
        sim.reply(name, text="Je préfère parler du temps qu'il fait.")
    shown = suggest(http, message=LEAK)
    assert (shown["provider"], shown["degraded"], len(shown["suggestions"])) == ("static", True, 3)
    assert sum(sim.calls(name) for name in providers) == 2


def test_fewer_than_asked_for_are_better_than_none(http: httpx2.Client, sim: Simulator) -> None:
    sim.reply("claude", text="1. Fermez la vanne d'arrivée d'eau.")
    shown = suggest(http, message=LEAK, count=4)
    assert shown["suggestions"] == [{"text": "Fermez la vanne d'arrivée d'eau."}]
    assert shown["provider"] == "claude"


def test_the_call_is_recorded_as_the_consumers(http: httpx2.Client, consumer: Person) -> None:
    shown = suggest(http, message=LEAK)
    call = Call.objects.get(request_id=shown["request_id"])
    assert (call.route, call.origin, call.user_id) == ("suggestions", "suggestions", consumer.user.pk)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": "  \n"}, "message"),
        ({"message": None}, "message"),
        ({"message": 42}, "message"),
        ({"message": ["Fuite"]}, "message"),
        ({"message": "x" * 16_001}, "message"),
        ({"message": "null\x00byte"}, "message"),
        ({"context": {}}, "message"),
        ({"context": "Akwa"}, "context"),
        ({"context": ["Akwa"]}, "context"),
        ({"message": LEAK, "count": 0}, "count"),
        ({"message": LEAK, "count": 11}, "count"),
        ({"message": LEAK, "count": "many"}, "count"),
        ({"message": LEAK, "count": True}, "count"),
        ({"message": LEAK, "language": "de"}, "language"),
        ({"message": LEAK, "langauge": "fr"}, "langauge"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_bad_body_is_refused_by_the_name_of_its_field(
    http: httpx2.Client, sim: Simulator, body: dict[str, Any], field: str
) -> None:
    answer = http.post(URL, json=body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["details"]
    assert sim.calls("claude") == 0


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "null", '{"message": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(http: httpx2.Client, body: str) -> None:
    answer = http.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["request_id"]


def test_only_for_those_who_say_who_they_are(live: Live, providers: list[str]) -> None:
    answer = httpx2.post(live.url + URL, json={"message": LEAK}, trust_env=False)
    assert answer.status_code == 401


def test_only_by_post(http: httpx2.Client) -> None:
    assert http.get(URL).status_code == 405
    assert http.post(f"{URL}/", json={"message": LEAK}).status_code == 200
