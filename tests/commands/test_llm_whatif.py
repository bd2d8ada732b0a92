"""`llm_whatif` in a terminal and as JSON."""

import json

import pytest

from llm.core.chat.request import ChatRequest, Role, message
from llm.services.calls.run import complete_sync
from llm.services.runtime import call_log
from llm.simulator import Simulator
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> None:
    complete_sync(ChatRequest(messages=(message(Role.USER, "My tap is leaking"),), language="en"))


@pytest.fixture
def history(sim: Simulator, providers: list[str]) -> None:
    """Four calls that claude answered, and one that gemini did."""
    sim.fault("claude", "server_error", times=2)
    for _ in range(5):
        ask()
    call_log.flush()


def test_it_says_who_would_have_answered_and_what_is_estimated(run: Run, history: None) -> None:
    ran = run("llm_whatif", "--down", "claude", "--last", "10m")
    assert (ran.code, ran.err) == (0, "")
    assert "5 calls from " in ran.out
    assert "claude answered 4 of them." in ran.out
    assert "gemini 4.0 100 % of 1" in " ".join(ran.out.split())
    assert "Static answers: 0 recorded, about 0.0 without claude." in ran.out
    assert "Added latency: " in ran.out
    assert "Cost of these calls: $" in ran.out
    assert "1 call with a failed attempt at claude would have ended the same way, " in ran.out
    assert "Estimated:" in ran.out


def test_json_has_the_figures(run: Run, history: None) -> None:
    shown = json.loads(run("llm_whatif", "--down", "claude", "--json").out)
    assert (shown["result"]["moved"], shown["result"]["substitutes"][0]["provider"]) == (4, "gemini")
    assert shown["estimated"]


def test_without_calls_there_is_nothing_to_say(run: Run, providers: list[str]) -> None:
    ran = run("llm_whatif", "--down", "openai")
    assert ran.code == 0
    assert "Without openai every answer would have been the same." in ran.out


def test_another_strategy_tells_who_would_have_answered(run: Run, history: None) -> None:
    ran = run("llm_whatif", "--strategy", "cost", "--last", "10m")
    assert (ran.code, ran.err) == (0, "")
    assert "5 calls answered from " in ran.out
    assert "under cost " in ran.out
    assert "Cost: $" in ran.out
    assert "Limits and caches of that time are not recorded" in ran.out
    shown = json.loads(run("llm_whatif", "--strategy", "priority", "--json").out)
    assert (shown["result"]["calls"], shown["result"]["moved"]) == (5, 0)
