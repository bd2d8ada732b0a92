"""The playground: what an answer's lines say, its own budget, its right."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from django.test import Client

from llm.models import Budget, Call
from llm.services import playground
from llm.services.runtime import call_log
from llm.simulator import Simulator
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "a" * 32
PAGE, ASK = "/admin/playground/", "/admin/playground/ask/"

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(live: Live, desk: Client, providers: list[str]) -> Ask:
    """Sends what the page sends, to a real server; returns the lines of the answer."""

    def send(target: str, **options: Any) -> list[dict[str, Any]]:
        body = {"target": target, "messages": [{"role": "user", "text": "My tap leaks"}], "stream": True, **options}
        cookies = {"sessionid": desk.cookies["sessionid"].value, "csrftoken": TOKEN}
        headers = {"X-CSRFToken": TOKEN, "Accept-Language": "en"}
        answer = httpx2.post(live.url + ASK, json=body, cookies=cookies, headers=headers, timeout=30)
        return [json.loads(line) for line in answer.text.splitlines()]

    return send


def test_an_answer_comes_with_its_times_tokens_cost_and_trail(ask: Ask) -> None:
    started, *pieces, done = ask("route:default", without=["claude"])
    assert (started["kind"], started["provider"]) == ("started", "gemini")
    assert len(pieces) > 1
    assert "simulated Gemini" in "".join(piece["text"] for piece in pieces)
    assert done["trail"][0] == {"provider": "claude", "what": "passed over", "why": "excluded by the caller"}
    assert [step["provider"] for step in done["trail"]] == ["claude", "gemini"]
    assert done["first"].endswith(" ms")
    assert done["cost"].startswith("$0.0")
    call_log.flush()
    call = Call.objects.get()
    assert (call.origin, call.consumer, call.tags) == ("test", "ada", [playground.TAG])
    assert done["call"].endswith(f"/{call.pk}/change/")


def test_one_provider_is_asked_alone_and_says_why_it_does_not_answer(ask: Ask, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    (failed,) = ask("provider:claude")
    assert (failed["kind"], failed["message"]) == ("error", "No provider can answer right now.")
    assert failed["trail"] == [{"provider": "claude", "what": "failed", "why": "out of credit"}]
    assert sim.calls("gemini") == 0


def test_tools_and_a_schema_reach_the_vendor(ask: Ask) -> None:
    tool = {"name": "find_plumber", "parameters": {"type": "object", "properties": {"area": {"type": "string"}}}}
    said = [{"role": "user", "text": "Call find_plumber"}]
    done = ask("provider:openai", tools=[tool], stream=False, messages=said)[-1]
    assert done["tools"][0]["name"] == "find_plumber"
    schema = {"type": "object", "properties": {"area": {"type": "string"}}, "required": ["area"]}
    answer = ask("provider:openai", schema=schema, stream=False)
    assert "area" in json.loads(answer[1]["text"])


def test_its_budget_ends_it_and_no_caller_can_spend_it(ask: Ask, sim: Simulator) -> None:
    budget = playground.budget()
    assert playground.budget() == budget
    Budget.objects.update(usd=0)
    (refused,) = ask("route:default")
    assert "The budget 'playground' has no room" in refused["message"]
    assert sum(map(sim.calls, ("claude", "gemini", "openai"))) == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": "nowhere"}, "Choose a route or a provider."),
        ({"messages": []}, "Write a message of the user."),
        ({"max_tokens": 0}, "max_tokens must be a number from 1 to 100000."),
        ({"tools": [{"nameless": 1}]}, "tools: a list of functions, each with a name and parameters."),
        ({"schema": [1]}, "schema: must be a JSON object."),
    ],
)
def test_what_cannot_be_asked_is_said(given: dict[str, Any], words: str, desk: Client) -> None:
    body = {"target": "route:default", "messages": [{"role": "user", "text": "Hello"}], **given}
    answer = desk.post(ASK, body, content_type="application/json", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["message"]) == (400, words)


def test_it_needs_a_right_of_its_own(desk: Client, admin: Person, staff: Callable[..., Client]) -> None:
    for client, status in ((staff("operate_provider", "view_call"), 403), (staff("try_provider"), 200)):
        assert client.get(PAGE).status_code == status
    assert staff("view_provider").post(ASK, {}).status_code == 403
