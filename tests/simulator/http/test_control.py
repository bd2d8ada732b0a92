"""The control API as people use it with curl, and its answers to their mistakes."""

import json
from typing import Any

import pytest

from llm.simulator import Simulator
from tests.simulator.raw import CLAUDE, CLAUDE_PATH, OPENAI, OPENAI_PATH, Got, claude_body, openai_body, send

FORM = {"content-type": "application/x-www-form-urlencoded"}


def _claude(sim: Simulator) -> Got:
    return send(sim, "POST", CLAUDE_PATH, claude_body(), CLAUDE)


@pytest.mark.parametrize(
    "body", ["credit", "fault=credit&times=1", '{"fault": "credit", "times": 1}', '["credit"]', "out-of-credit\n"]
)
def test_one_line_of_curl_takes_claude_out_of_credit(sim: Simulator, body: str) -> None:
    got = send(sim, "POST", "/_sim/claude/fault", body, FORM)

    assert got.json["accounts"]["claude"]["fault"] == "credit"
    assert _claude(sim).status == 400


@pytest.mark.parametrize(("method", "body"), [("DELETE", None), ("POST", "ok"), ("PUT", "none"), ("POST", "[]")])
def test_a_fault_is_healed(sim: Simulator, method: str, body: str | None) -> None:
    sim.fault("claude", "credit")
    got = send(sim, method, "/_sim/claude/fault", body)

    assert got.json["accounts"]["claude"]["fault"] == "ok"
    assert _claude(sim).status == 200


def test_all_accounts_can_be_struck_at_once(sim: Simulator) -> None:
    send(sim, "POST", "/_sim/all/fault", "unavailable")

    assert _claude(sim).status == 503
    assert send(sim, "POST", OPENAI_PATH, openai_body(), OPENAI).status == 503


MISTAKES: dict[str, tuple[str, str, Any, int, str]] = {
    "an unknown fault": ("POST", "/_sim/claude/fault", "tired", 400, "no fault is called 'tired'"),
    "an unknown parameter": ("POST", "/_sim/claude/fault", {"fault": "credit", "time": 1}, 400, "no parameter 'time'"),
    "a bad number": ("POST", "/_sim/claude/fault", "fault=slow&delay=long", 400, "delay: cannot read 'long'"),
    "a bad scope": ("POST", "/_sim/claude/fault", "fault=slow&applies_to=some", 400, "applies_to: cannot read"),
    "an unknown variant": ("POST", "/_sim/claude/fault", "fault=credit&variant=x", 400, "known are: daily"),
    "broken JSON": ("POST", "/_sim/claude/fault", '{"fault"', 400, "the body is not JSON"),
    "no account": ("POST", "/_sim/mistral/fault", "credit", 404, "no account 'mistral'"),
    "an unknown kind": ("POST", "/_sim/mistral", {"kind": "mistral"}, 400, "not a valid Vendor"),
    "a name that is taken": ("POST", "/_sim/claude", {"kind": "openai"}, 400, "cannot be the name"),
    "an unknown reply field": ("POST", "/_sim/claude/reply", {"words": "x"}, 400, "a reply has no words"),
    "no such path": ("GET", "/_sim/claude/nothing", None, 404, "has no GET /_sim/claude/nothing"),
}


@pytest.mark.parametrize(("method", "path", "body", "status", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_explained(sim: Simulator, method: str, path: str, body: Any, status: int, words: str) -> None:
    got = send(sim, method, path, body)

    assert (got.status, words in got.json["error"]) == (status, True)


def test_the_overview_shows_every_account_with_its_calls(sim: Simulator) -> None:
    _claude(sim)
    sim.fault("openai", "silence")
    accounts = send(sim, "GET", "/_sim").json["accounts"]

    assert accounts["claude"]["calls"]["plain"] == 1
    assert accounts["claude"]["last_requests"][0]["model"] == "claude-sonnet-5-5"
    assert accounts["claude"]["base_url"] == sim.url("claude")
    assert accounts["openai"]["fault"] == "silence"
    assert accounts["openai"]["base_url"].endswith("/openai/v1")


def test_recorded_requests_hold_the_body_but_no_key(sim: Simulator) -> None:
    headers = {**CLAUDE, "x-api-key": "sk-ant-very-secret-abcd"}
    send(sim, "POST", f"{CLAUDE_PATH}?key=very-secret", claude_body(), headers)
    got = send(sim, "GET", "/_sim/claude/requests")
    recorded = got.json["requests"][0]

    assert "very-secret" not in got.text
    assert recorded["headers"]["x-api-key"] == "****abcd"
    assert recorded["body"]["messages"] == [{"role": "user", "content": "hello"}]
    assert (recorded["ask"], recorded["status"]) == ("plain", 200)
    assert send(sim, "DELETE", "/_sim/claude/requests").json["accounts"]["claude"]["calls"]["plain"] == 0


def test_the_reply_can_be_set_and_restored(sim: Simulator) -> None:
    def text() -> str:
        return str(_claude(sim).json["content"][0]["text"])

    send(sim, "POST", "/_sim/claude/reply", "Exactly this.", FORM)
    assert text() == "Exactly this."
    send(sim, "POST", "/_sim/claude/reply", {"text": "Or this.", "chunks": 3})
    assert text() == "Or this."
    send(sim, "DELETE", "/_sim/claude/reply")
    assert text().startswith("[simulated Claude]")


def test_a_reply_can_bring_headers_in_place_of_the_vendor_s_own(sim: Simulator) -> None:
    left = "anthropic-ratelimit-requests-remaining"
    assert _claude(sim).headers[left] == "3999"
    send(sim, "POST", "/_sim/claude/reply", {"headers": {left: 0}})
    assert _claude(sim).headers[left] == "0"
    assert send(sim, "POST", "/_sim/claude/reply", {"headers": 5}).status == 400


def test_an_account_can_be_added_and_given_keys_and_models(sim: Simulator) -> None:
    added = send(sim, "POST", "/_sim/groq", {"kind": "openai", "keys": ["gsk"], "models": ["*"]})
    path, body = "/groq/v1/chat/completions", openai_body(model="meta/llama-9")

    assert added.json["accounts"]["groq"]["base_url"] == f"{sim.origin}/groq/v1"
    assert send(sim, "POST", path, body, {"authorization": "Bearer gsk"}).status == 200
    assert send(sim, "POST", path, body, OPENAI).status == 401


def test_reset_makes_everything_as_new(sim: Simulator) -> None:
    send(sim, "POST", "/_sim/all/fault", "silence")
    accounts = send(sim, "POST", "/_sim/reset").json["accounts"]

    assert {account["fault"] for account in accounts.values()} == {"ok"}
    assert _claude(sim).status == 200


def test_the_fault_names_are_listed(sim: Simulator) -> None:
    listed = send(sim, "GET", "/_sim/faults").json

    assert {"credit", "silence", "malformed_chunk"} <= set(listed["faults"])
    assert json.dumps(listed["variants"]["credit"]) == '["daily", "spend_limit"]'
