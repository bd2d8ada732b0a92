"""The words of the simulated models, without any wire."""

import json

import pytest

from llm.simulator.model.chat import SimulatedFinish, SimulatedReply, SimulatedRequest
from llm.simulator.model.language import is_french
from llm.simulator.model.replies import Script, make_reply, split
from llm.simulator.model.structured import asked_count, sample


def _reply(message: str, system: str = "", script: Script | None = None) -> SimulatedReply:
    return make_reply(SimulatedRequest(model="m", system=system, last_user=message), script or Script(), "Claude")


@pytest.mark.parametrize(
    ("text", "instructions", "french"),
    [
        ("Bonjour, je cherche un plombier", "", True),
        ("Hello, I need a plumber", "", False),
        ("Hello, I need a plumber", "Réponds en français.", True),
        ("Bonjour, je cherche un plombier", "Answer in English.", False),
        ("Dépannage", "", True),
        ("Makepe", "", False),
    ],
)
def test_the_language_follows_the_message_unless_one_is_asked_for(text: str, instructions: str, french: bool) -> None:
    assert is_french(text, instructions) is french


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Give me 5 suggestions", 5),
        ("Propose exactement 4 suggestions", 4),
        ("Return JSON with exactly 2 short replies", 2),
        ('"count": 7, suggestions', 7),
        ("some suggestions for 3 rooms", 3),
        ("suggestions please", 3),
        ("99 suggestions", 20),
    ],
)
def test_the_number_of_suggestions_is_read_from_the_text(text: str, count: int) -> None:
    assert asked_count(text) == count


def test_suggestions_are_valid_json_in_the_messages_language() -> None:
    reply = _reply("J'ai une fuite à la maison", 'Reply only with JSON: {"suggestions": [...]}, exactly 6 suggestions')
    suggestions = json.loads(reply.text)["suggestions"]

    assert len(suggestions) == len({item["text"] for item in suggestions}) == 6
    assert suggestions[0]["text"].startswith("[Claude simulé]")
    assert suggestions[0]["confidence"] == 0.9


def test_json_mode_without_a_schema_is_an_object() -> None:
    reply = make_reply(SimulatedRequest(model="m", last_user="hello", json_mode=True), Script(), "Claude")

    assert json.loads(reply.text) == {"answer": "[simulated Claude] hello"}


def test_a_sample_fits_its_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "STRING"}, "minItems": 2},
            "level": {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]},
            "ok": {"type": ["boolean", "null"]},
            "kind": {"const": "x"},
        },
    }

    assert sample(schema, "w") == {"name": "w", "tags": ["w", "w"], "level": 3, "ok": True, "kind": "x"}


@pytest.mark.parametrize(("count", "pieces"), [(1, 1), (4, 4), (100, 10), (None, 1)])
def test_a_text_is_split_without_loss(count: int | None, pieces: int) -> None:
    parts = split("abcdefghij", count)

    assert ("".join(parts), len(parts)) == ("abcdefghij", pieces)


def test_many_chunks_make_the_answer_long_enough() -> None:
    reply = _reply("hello", script=Script(chunks=300))

    assert len(reply.pieces) == 300
    assert reply.finish is SimulatedFinish.STOP


def test_an_assistants_start_is_continued_not_repeated() -> None:
    whole = _reply("hello").text
    begun = SimulatedRequest(model="m", last_user="hello", prefill=whole[:30])

    assert make_reply(begun, Script(), "Claude").text == whole[30:]
