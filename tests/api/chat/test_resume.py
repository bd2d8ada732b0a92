"""Streams that break, over real HTTP: the next vendor resumes, and the record holds both attempts."""

import json
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import httpx2
import pytest

from llm.models import Attempt, Call, Route
from llm.simulator import Simulator
from llm.simulator.model.continuation import Continuing
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

VENDORS = ("claude", "gemini", "openai")
TEXT = (
    "Bonjour ! Pour un robinet qui fuit, fermez d'abord la vanne d'arrêt sous l'évier, puis ouvrez le robinet pour "
    "vider le tuyau. Dévissez ensuite la tête avec une clé à molette et regardez le joint.\n\n1. Coupez l'eau.\n"
    "2. Démontez la tête.\n3. Remplacez le joint.\n\nUn plombier de Djobea peut passer cet après-midi à Akwa."
)
ASK = {"messages": [{"role": "user", "content": "Mon robinet fuit, que faire ?"}], "stream": True}


@pytest.fixture
def http(live: Live, consumer: Person, providers: list[str], sim: Simulator) -> Iterator[httpx2.Client]:
    for name in providers:
        sim.reply(name, text=TEXT)
    with httpx2.Client(base_url=live.url, headers=consumer.headers, trust_env=False, timeout=30) as client:
        yield client


def ask(http: httpx2.Client, **more: Any) -> tuple[str, list[dict[str, Any]], list[str]]:
    """(the text that came, the events, the comments)."""
    with http.stream("POST", "/v1/chat/completions", json={"model": "default", **ASK, **more}) as answer:
        assert answer.status_code == 200
        lines = [line for line in answer.iter_lines() if line]
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    events = [json.loads(item) for item in data if item != "[DONE]"]
    text = "".join(c["delta"].get("content") or "" for e in events if "error" not in e for c in e["choices"])
    return text, [*events, *([{"done": True}] if data[-1] == "[DONE]" else [])], [x for x in lines if x[0] == ":"]


@pytest.mark.parametrize("how", list(Continuing))
@pytest.mark.parametrize(("first", "second"), list(permutations(VENDORS, 2)))
def test_any_vendor_goes_on_with_what_any_other_began(
    http: httpx2.Client, sim: Simulator, first: str, second: str, how: Continuing
) -> None:
    sim.fault(first, "cut", chunks=9)
    sim.reply(second, text=TEXT, continuing=how)

    text, events, comments = ask(http, model=first, fallbacks=[second])

    assert text == TEXT
    assert events[-1] == {"done": True}
    assert f": {second} goes on" in comments
    assert events[-2]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("fault", ["cut", "clean_early_end", "error_event"])
def test_however_the_stream_breaks_the_record_shows_both_attempts_and_the_tokens_of_both(
    http: httpx2.Client, sim: Simulator, fault: str
) -> None:
    sim.fault("claude", fault, chunks=9)

    text, events, _ = ask(http, stream_options={"include_usage": True})

    assert text == TEXT
    call = Call.objects.get()
    assert (call.status, call.provider, call.resumed, call.attempts_made) == ("ok", "gemini", True, 2)
    cut, whole = Attempt.objects.order_by("seq")
    assert (cut.provider, cut.outcome, cut.estimated) == ("claude", "failed", True)
    assert (whole.provider, whole.outcome, whole.estimated) == ("gemini", "ok", False)
    assert cut.input_tokens > 0
    assert cut.output_tokens >= 9 * 16 // 4
    assert whole.why.startswith("continues the answer")
    usage = events[-2]["usage"]
    assert usage["prompt_tokens"] == call.input_tokens == cut.input_tokens + whole.input_tokens
    assert usage["completion_tokens"] == call.output_tokens == cut.output_tokens + whole.output_tokens


def test_the_call_page_says_that_it_was_resumed(http: httpx2.Client, sim: Simulator, admin: Person) -> None:
    sim.fault("claude", "cut", chunks=9)
    ask(http)
    call = Call.objects.get()

    shown = http.get(f"/api/llm/calls/{call.id}", headers=admin.headers).json()

    assert shown["resumed"] is True
    assert [attempt["estimated"] for attempt in shown["attempts"]] == [True, False]


def test_no_vendor_is_sent_a_prefill(http: httpx2.Client, sim: Simulator) -> None:
    sim.fault("claude", "cut", chunks=9)
    ask(http, fallbacks=["openai"])

    messages = sim.requests("openai")[-1].body["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert TEXT.startswith(messages[1]["content"])


def test_a_buffered_route_restarts_a_broken_answer_and_shows_one_provider(http: httpx2.Client, sim: Simulator) -> None:
    Route.objects.create(name="careful", stream_mode=Route.StreamMode.BUFFERED)
    sim.reply("gemini", text="Tout autre chose.")
    sim.fault("claude", "cut", chunks=9)

    text, events, comments = ask(http, model="careful")

    assert text == "Tout autre chose."
    assert events[-1] == {"done": True}
    assert not [c for c in comments if "goes on" in c]
    assert Call.objects.get().resumed is False


def test_a_tool_call_that_is_cut_is_made_anew_by_the_next_provider(
    http: httpx2.Client, sim: Simulator, providers: list[str]
) -> None:
    for name in providers:
        sim.reply(name)
    tool = {
        "type": "function",
        "function": {"name": "book_plumber", "parameters": {"type": "object", "properties": {}}},
    }
    sim.fault("claude", "cut", chunks=1)

    with http.stream(
        "POST",
        "/v1/chat/completions",
        json={
            "model": "default",
            "stream": True,
            "tools": [tool],
            "messages": [{"role": "user", "content": "book_plumber"}],
        },
    ) as answer:
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]

    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    calls = [c for chunk in chunks for choice in chunk["choices"] for c in choice["delta"].get("tool_calls", [])]
    assert lines[-1] == "data: [DONE]"
    assert [call["function"]["name"] for call in calls] == ["book_plumber"]
    assert (sim.calls("claude"), sim.calls("gemini"), sim.calls("openai")) == (2, 1, 0)
    assert (Call.objects.get().status, Call.objects.get().provider) == ("ok", "gemini")


def test_a_malformed_chunk_is_passed_over_and_counted(http: httpx2.Client, sim: Simulator) -> None:
    sim.fault("claude", "malformed_chunk", chunks=3)

    text, events, _ = ask(http)

    assert text == TEXT
    assert events[-1] == {"done": True}
    assert Attempt.objects.get().malformed == 1
