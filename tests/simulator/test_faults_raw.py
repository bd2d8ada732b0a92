"""Faults looked at as bytes: rubbish, replayed answers, cuts at a byte, and who a fault strikes and how often."""

import http.client
import json

import pytest

from llm.simulator import Fault, FaultName, FaultScope, Simulator
from tests.simulator.raw import (
    CLAUDE,
    CLAUDE_PATH,
    GEMINI,
    GEMINI_PATH,
    GEMINI_STREAM,
    OPENAI,
    OPENAI_PATH,
    Got,
    claude_body,
    gemini_body,
    openai_body,
    send,
)


def _claude(sim: Simulator, *, stream: bool = False) -> Got:
    return send(sim, "POST", CLAUDE_PATH, claude_body(stream=stream), CLAUDE)


def _statuses(sim: Simulator, count: int) -> list[int]:
    return [_claude(sim).status for _ in range(count)]


def test_html_empty_and_garbage_come_with_status_200(sim: Simulator) -> None:
    seen = {}
    for fault, variant in (("html", ""), ("empty_body", ""), *(("garbage_json", v) for v in ("", "list", "truncated"))):
        sim.fault("openai", fault, variant=variant)
        got = send(sim, "POST", OPENAI_PATH, openai_body(), OPENAI)
        assert got.status == 200
        seen[fault, variant] = (got.headers["content-type"].split(";")[0], got.text[:9])

    assert seen == {
        ("html", ""): ("text/html", "<!doctype"),
        ("empty_body", ""): ("application/json", ""),
        ("garbage_json", ""): ("application/json", '{"foo":1}'),
        ("garbage_json", "list"): ("application/json", "[1,2]"),
        ("garbage_json", "truncated"): ("application/json", '{"id":"x"'),
    }


def test_any_recorded_answer_can_be_replayed(sim: Simulator) -> None:
    body = {"error": {"message": "quota", "type": "x"}}
    sim.fault("openai", "body", status=402, headers={"x-request-id": "req_1"}, body=body)
    as_json = send(sim, "POST", OPENAI_PATH, openai_body(), OPENAI)
    sim.fault("openai", "body", status=503, headers={"Content-Type": "text/plain"}, body="upstream connect error")
    as_text = send(sim, "POST", OPENAI_PATH, openai_body(), OPENAI)

    assert (as_json.status, as_json.json, as_json.headers["x-request-id"]) == (402, body, "req_1")
    assert (as_text.status, as_text.text) == (503, "upstream connect error")
    assert as_text.headers["content-type"] == "text/plain"


def test_a_recorded_event_can_be_replayed_in_mid_stream(sim: Simulator) -> None:
    event = {"type": "error", "error": {"type": "invalid_request_error", "message": "blocked"}}
    sim.fault("claude", "error_event", chunks=1, body=event)
    text = _claude(sim, stream=True).text

    assert text.count("content_block_delta\n") == 1
    assert text.endswith(f"event: error\ndata: {json.dumps(event)}\n\n")


def test_a_redirect_leads_where_it_is_told(sim: Simulator) -> None:
    sim.fault("gemini", "redirect", url="http://127.0.0.1:9/elsewhere")
    got = send(sim, "POST", GEMINI_PATH, gemini_body(), GEMINI)

    assert (got.status, got.headers["location"]) == (307, "http://127.0.0.1:9/elsewhere")


@pytest.mark.parametrize("variant", ["", "reset"])
def test_a_cut_comes_at_the_byte_it_is_told_to(sim: Simulator, variant: str) -> None:
    sim.fault("claude", "cut", bytes=20, variant=variant)
    with pytest.raises(http.client.IncompleteRead if not variant else (http.client.IncompleteRead, OSError)) as caught:
        _claude(sim)

    if not variant:
        assert len(caught.value.partial) == 20  # type: ignore[attr-defined]
    assert sim.requests("claude")[-1].status is None


def test_a_cut_before_any_content_is_possible(sim: Simulator) -> None:
    sim.fault("gemini", "clean_early_end", chunks=0)

    assert send(sim, "POST", f"{GEMINI_STREAM}?alt=sse", gemini_body(), GEMINI).text == ""


def test_a_stream_without_its_mark_is_otherwise_complete(sim: Simulator) -> None:
    sim.fault("openai", "no_done")
    text = send(sim, "POST", OPENAI_PATH, openai_body(stream=True), OPENAI).text

    assert "[DONE]" not in text
    assert '"finish_reason": "stop"' in text


def test_a_malformed_chunk_is_followed_by_the_rest(sim: Simulator) -> None:
    sim.reply("openai", "abcdef", chunks=6)
    sim.fault("openai", "malformed_chunk", chunks=2)
    text = send(sim, "POST", OPENAI_PATH, openai_body(stream=True), OPENAI).text

    assert text.index('{"broken"') < text.index('"content": "c"') < text.index("[DONE]")


def test_a_fault_strikes_as_often_as_told_and_after_as_many(sim: Simulator) -> None:
    sim.fault("claude", "server_error", times=2, after=1)

    assert _statuses(sim, 5) == [200, 500, 500, 200, 200]
    assert sim.counts("claude").faulted == 2


def test_faults_in_a_row_make_way_for_each_other(sim: Simulator) -> None:
    overloaded = Fault(name=FaultName.OVERLOADED, times=1)
    sim.faults("claude", [overloaded, Fault(name=FaultName.CREDIT, times=2)])

    assert _statuses(sim, 4) == [529, 400, 400, 200]


def test_chance_is_the_same_every_time(sim: Simulator) -> None:
    runs = []
    for _ in range(2):
        sim.fault("claude", "server_error", probability=0.5, seed=7)
        runs.append(_statuses(sim, 12))

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_listing_models_works_with_an_empty_wallet_but_not_with_a_wrong_key(sim: Simulator) -> None:
    def listing() -> int:
        return send(sim, "GET", "/claude/v1/models", None, CLAUDE).status

    sim.fault("claude", "credit")
    assert (listing(), _claude(sim).status) == (200, 400)
    sim.fault("claude", "wrong_key")
    assert (listing(), _claude(sim).status) == (401, 401)
    sim.fault("claude", "server_error", applies_to=FaultScope.MODELS)
    assert (listing(), _claude(sim).status) == (500, 200)
    assert sim.counts("claude").models == 3


def test_a_fault_can_be_for_streams_only(sim: Simulator) -> None:
    sim.fault("claude", "overloaded", applies_to="stream")

    assert (_claude(sim).status, _claude(sim, stream=True).status) == (200, 529)


def test_words_status_and_headers_of_an_error_can_be_changed(sim: Simulator) -> None:
    sim.fault("claude", "server_error", status=520, message="Origin error", headers={"retry-after": "3"})
    got = _claude(sim)

    assert (got.status, got.json["error"]["message"], got.headers["retry-after"]) == (520, "Origin error", "3")
