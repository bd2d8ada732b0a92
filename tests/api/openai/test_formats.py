"""The form of the answer: asked for natively or in words, and validated before the caller gets it."""

import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from llm.models import Attempt, Provider
from llm.services.providers import set_api_key
from tests.api.openai.chatting import VENDORS, Chat
from tests.conftest import SIMULATED_KEY

pytestmark = pytest.mark.django_db(transaction=True)
by_vendor = pytest.mark.parametrize("vendor", VENDORS)
both_ways = pytest.mark.parametrize("stream", [False, True])

PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "rooms": {"type": "integer"}},
    "required": ["city", "rooms"],
    "additionalProperties": False,
}
ANY_JSON = {"type": "json_object"}
GOOD = '{"city": "Douala", "rooms": 2}'
FENCED = f"```json\n{GOOD}\n```"


def schema(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "place", "schema": schema, **more}}


def answer(chat: Chat, vendor: str, stream: bool, **given: Any) -> str:
    if stream:
        return chat.stream(vendor, **given).text
    return str(chat.ask(vendor, **given).message.content)


NATIVE: dict[str, dict[str, Any]] = {
    "claude": {"output_config": {"format": {"type": "json_schema", "schema": PLACE}}},
    "gemini": {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": PLACE}},
    "openai": {"response_format": schema(PLACE)},
}


@both_ways
@by_vendor
def test_a_schema_is_sent_natively_and_obeyed(chat: Chat, vendor: str, stream: bool) -> None:
    said = json.loads(answer(chat, vendor, stream, response_format=schema(PLACE)))
    assert (type(said["city"]), type(said["rooms"])) == (str, int)
    body = chat.seen(vendor)
    for name, value in NATIVE[vendor].items():
        assert value.items() <= body[name].items()


@both_ways
@by_vendor
def test_any_json_object_is_one(chat: Chat, vendor: str, stream: bool) -> None:
    assert isinstance(json.loads(answer(chat, vendor, stream, response_format=ANY_JSON)), dict)


@by_vendor
def test_text_is_left_alone(chat: Chat, vendor: str) -> None:
    chat.sim.reply(vendor, text=FENCED)
    assert answer(chat, vendor, False, response_format={"type": "text"}) == FENCED
    assert answer(chat, vendor, True) == FENCED


def test_openai_gets_the_schemas_name_and_description(chat: Chat) -> None:
    wanted = schema(PLACE, strict=True, description="Where it is")
    for vendor in VENDORS:
        assert chat.ask(vendor, response_format=wanted).dropped == set()
    assert chat.seen("openai")["response_format"] == wanted
    assert chat.seen("claude")["output_config"]["format"]["schema"]["description"] == "Where it is"
    assert chat.seen("gemini")["generationConfig"]["responseJsonSchema"]["description"] == "Where it is"


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("prose", ANY_JSON, "I would rather talk."),
    ("no object", ANY_JSON, "[1, 2]"),
    ("cut JSON", ANY_JSON, '{"city": "Dou'),
    ("JSON and prose", ANY_JSON, '{"city": "Douala"} Anything else?'),
    ("not a number", ANY_JSON, '{"rooms": NaN}'),
    ("prose for a schema", schema(PLACE), "Douala, two rooms"),
    ("a field of another type", schema(PLACE), '{"city": "Douala", "rooms": "two"}'),
    ("a missing field", schema(PLACE), '{"city": "Douala"}'),
    ("a field too many", schema(PLACE), '{"city": "Douala", "rooms": 2, "sea": true}'),
]


@pytest.mark.parametrize(("wanted", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
@by_vendor
def test_an_answer_outside_the_format_is_a_bad_response_and_falls_back(
    chat: Chat, vendor: str, wanted: dict[str, Any], said: str
) -> None:
    chat.sim.reply(vendor, text=said)
    behind = next(name for name in VENDORS if name != vendor)
    reply = chat.ask(vendor, behind=(behind,), response_format=wanted)
    assert isinstance(json.loads(reply.message.content), dict)
    assert reply.headers["X-LLM-Provider"] == behind
    failed = Attempt.objects.filter(provider=vendor)
    assert {a.error_class for a in failed} == {"bad_response"}
    assert all(a.message.startswith("the answer ") for a in failed)


@by_vendor
def test_prose_where_a_stream_should_begin_with_json_is_never_seen(chat: Chat, vendor: str) -> None:
    chat.sim.reply(vendor, text="I would rather talk about something else. " * 20, chunks=20)
    behind = next(name for name in VENDORS if name != vendor)
    streamed = chat.stream(vendor, behind=(behind,), response_format=schema(PLACE))
    assert set(json.loads(streamed.text)) == {"city", "rooms"}


@by_vendor
def test_a_stream_that_turns_out_wrong_never_ends_well(chat: Chat, vendor: str) -> None:
    chat.sim.reply(vendor, text='{"city": "Douala", "rooms": "two"}', chunks=4)
    with pytest.raises(openai.APIError) as caught:
        chat.stream(vendor, response_format=schema(PLACE))
    assert caught.value.code == "bad_response"


@both_ways
@by_vendor
def test_a_fence_is_taken_off(chat: Chat, vendor: str, stream: bool) -> None:
    chat.sim.reply(vendor, text=FENCED, chunks=9)
    for wanted in (ANY_JSON, schema(PLACE)):
        assert answer(chat, vendor, stream, response_format=wanted) == GOOD


@both_ways
@by_vendor
def test_what_was_cut_or_refused_is_not_judged(chat: Chat, vendor: str, stream: bool) -> None:
    chat.sim.reply(vendor, text=GOOD)
    assert answer(chat, vendor, stream, response_format=schema(PLACE), max_tokens=2) == GOOD[:8]
    chat.sim.fault(vendor, "content_filtered", variant="partial")
    assert answer(chat, vendor, stream, response_format=schema(PLACE)) == GOOD[:16]


@by_vendor
def test_a_tool_call_is_not_judged(chat: Chat, vendor: str) -> None:
    weather = {"type": "function", "function": {"name": "weather"}}
    said = [{"role": "user", "content": "Use weather"}]
    assert chat.ask(vendor, said, response_format=ANY_JSON, tools=[weather]).finish == "tool_calls"


def test_wrong_answers_open_no_circuit(chat: Chat) -> None:
    """A caller's schema may be unsatisfiable."""
    chat.sim.reply("claude", text="no")
    for _ in range(12):
        chat.ask("claude", behind=("gemini",), response_format=ANY_JSON)
    assert Attempt.objects.filter(provider="claude", error_class="bad_response").count() >= 12
    assert chat.ask("claude").headers["X-LLM-Provider"] == "claude"


@pytest.fixture
def plain(chat: Chat) -> None:
    """The same vendors once more, as providers without a parameter for the form."""
    for row in list(Provider.objects.all()):
        able = [name for name in row.capabilities if not name.startswith("json")]
        twin = Provider.objects.create(
            name=f"plain-{row.name}", kind=row.kind, model=row.model, base_url=row.base_url, supports=able
        )
        set_api_key(twin, SIMULATED_KEY)


@both_ways
@by_vendor
def test_a_vendor_without_the_parameter_is_asked_by_prompt(chat: Chat, plain: None, vendor: str, stream: bool) -> None:
    wanted = schema(PLACE, description="Where it is")
    said = json.loads(answer(chat, f"plain-{vendor}", stream, response_format=wanted))
    assert set(said) == {"city", "rooms"}
    body = chat.seen(vendor)
    assert "It must fit this JSON schema" in json.dumps(body)
    assert "Where it is" in json.dumps(body)
    named = set(body) | set(body.get("generationConfig", {}))
    assert not {"response_format", "output_config", "responseJsonSchema", "responseMimeType"} & named
    assert isinstance(json.loads(answer(chat, f"plain-{vendor}", stream, response_format=ANY_JSON)), dict)


def test_openais_own_way_to_parse_works(chat: Chat) -> None:
    class Place(BaseModel):
        city: str
        rooms: int

    for vendor in VENDORS:
        chat.sim.reply(vendor, text=GOOD)
        parsed = chat.client.chat.completions.parse(
            model=vendor, messages=[{"role": "user", "content": "Where?"}], response_format=Place
        )
        assert parsed.choices[0].message.parsed == Place(city="Douala", rooms=2)


REFUSED: list[tuple[Any, str]] = [
    ({"type": "xml"}, "response_format.type"),
    ({"type": "json_schema"}, "response_format.json_schema"),
    (schema({"type": "thing"}), "response_format.json_schema.schema"),
    (schema({"type": "object", "properties": 3}), "response_format.json_schema.schema"),
    (schema({"$ref": "https://example.test/place.json"}), "response_format.json_schema.schema"),
    (schema({"$ref": "#/$defs/missing"}), "response_format.json_schema.schema"),
    (schema({"enum": ["x" * 70_000]}), "response_format.json_schema.schema"),
    (schema(PLACE, strict="yes"), "response_format.json_schema.strict"),
]


@both_ways
@pytest.mark.parametrize(("wanted", "param"), REFUSED)
def test_an_invalid_schema_is_named_before_any_vendor_call(chat: Chat, wanted: Any, param: str, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        (chat.stream if stream else chat.ask)("claude", response_format=wanted)
    assert caught.value.param == param
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}


def test_a_schema_that_takes_for_ever_is_refused_before_any_vendor_is_asked(chat: Chat) -> None:
    defs: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    wanted = schema({"$defs": {**defs, "d40": {}}, "$ref": "#/$defs/d0"})
    with pytest.raises(openai.BadRequestError) as caught:
        chat.ask("claude", response_format=wanted)
    assert "multiply" in caught.value.message
    assert chat.asked() == {"claude": 0, "gemini": 0, "openai": 0}


def test_a_schema_that_takes_for_ever_on_one_answer_is_the_callers_fault(chat: Chat) -> None:
    twice_a_level = schema({"allOf": [{"properties": {"a": {"$ref": "#"}}}] * 2})
    chat.sim.reply("claude", text='{"a":' * 40 + "{}" + "}" * 40)
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        chat.ask("claude", response_format=twice_a_level)
    assert caught.value.param == "response_format"
