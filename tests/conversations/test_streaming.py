"""Streamed answers on the wire: whole ones, cut ones, and ones whose listener left."""

import pytest

from conversations.models import Turn
from conversations.static_texts import TEXTS
from llm.simulator import Simulator
from tests.conversations.conftest import URL, Customer
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

LEAK = "J'ai une fuite d'eau dans la cuisine à Bonapriso"


def test_a_whole_answer_is_deltas_and_then_done(alice: Customer) -> None:
    opened = alice.begin()
    *deltas, done = alice.listen(f"{URL}/{opened['id']}/messages", LEAK)
    assert len(deltas) > 1
    assert {event.name for event in deltas} == {"delta"}
    assert done.name == "done"
    text = "".join(event.data["text"] for event in deltas)
    assert done.data["message"] == {"role": "assistant", "content": text}
    assert (done.data["provider"], done.data["degraded"]) == ("claude", False)
    assert done.data["model"]
    answer = alice.turns(opened)[1]
    assert (answer["content"], answer["complete"], answer["request_id"]) == (text, True, done.data["request_id"])


def test_a_new_conversation_may_be_streamed_too(alice: Customer) -> None:
    done = alice.listen(URL, LEAK)[-1]
    assert done.name == "done"
    assert done.data["title"] == LEAK
    assert len(alice.turns(done.data)) == 2


def test_a_stream_that_fails_before_its_first_word_is_the_next_providers(alice: Customer, sim: Simulator) -> None:
    sim.fault("claude", "overloaded")
    done = alice.listen(URL, LEAK)[-1]
    assert (done.name, done.data["provider"]) == ("done", "gemini")


def test_the_static_answer_is_streamed_the_same_way(alice: Customer, sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")
    *deltas, done = alice.listen(URL, LEAK)
    assert "".join(event.data["text"] for event in deltas) == TEXTS["fr"]
    assert (done.data["provider"], done.data["degraded"]) == ("static", True)


def test_a_cut_stream_ends_with_an_error_and_never_with_done(
    alice: Customer, sim: Simulator, providers: list[str]
) -> None:
    opened = alice.begin(message=LEAK)
    for name in providers:
        sim.fault(name, "cut", chunks=2)
    events = alice.listen(f"{URL}/{opened['id']}/messages", "Quand pouvez-vous venir chez moi ?")
    assert [event.name for event in events][-1] == "error"
    assert "done" not in {event.name for event in events}
    error = events[-1].data["error"]
    assert error["code"]
    assert error["message"]
    assert error["request_id"]
    partial = "".join(event.data["text"] for event in events[:-1])
    assert eventually(lambda: Turn.objects.count() == 4)
    kept = alice.turns(opened)[3]
    assert (kept["role"], kept["content"], kept["complete"], kept["provider"]) == (
        "assistant",
        partial,
        False,
        "claude",
    )


def test_what_was_cut_off_is_no_part_of_the_history(alice: Customer, sim: Simulator, providers: list[str]) -> None:
    opened = alice.begin()
    for name in providers:
        sim.reply(name, text="Le plombier arrive bientôt avec ses outils et ses pièces", chunks=4)
        sim.fault(name, "cut", chunks=2)
    assert alice.listen(f"{URL}/{opened['id']}/messages", LEAK)[-1].name == "error"
    assert eventually(lambda: Turn.objects.count() == 2)
    sim.heal()
    sim.forget()
    for name in providers:
        sim.reply(name)
    alice.say(opened, "Et maintenant, on fait comment ?")
    [asked] = sim.requests("claude")
    assert "fuite" in asked.raw.decode("unicode_escape")
    assert "Le plombier arrive" not in asked.raw.decode("unicode_escape")


def test_what_was_said_before_the_listener_left_is_kept_as_incomplete(alice: Customer, sim: Simulator) -> None:
    opened = alice.begin()
    sim.reply("claude", text="mot " * 100, chunks=50, chunk_delay=0.1)
    body = {"message": LEAK, "stream": True}
    with alice.http.stream("POST", f"{URL}/{opened['id']}/messages", json=body) as answer:
        next(answer.iter_lines())
    assert eventually(lambda: Turn.objects.filter(role="assistant").exists())
    kept = Turn.objects.get(role="assistant")
    assert kept.content.startswith("mot ")
    assert len(kept.content) < len("mot " * 100)
    assert not kept.complete


def test_a_rejected_message_is_an_ordinary_error_even_when_a_stream_was_asked_for(
    alice: Customer, sim: Simulator, providers: list[str]
) -> None:
    for name in providers:
        sim.fault(name, "invalid_request")
    answer = alice.http.post(URL, json={"message": LEAK, "stream": True})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/json"
    assert alice.http.get(URL).json()["conversations"] == []
