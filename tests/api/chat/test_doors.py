"""What both doors take from real clients: compressed bodies, unknown fields, values that no vendor can be sent."""

import gzip
import json
import zlib
from collections.abc import Callable
from itertools import product
from typing import Any

import brotli
import pytest
import zstandard

from llm.core.circuit.state import CircuitState
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.api.chat.door import ANTHROPIC, DOORS, OPENAI, Response, asking, post
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)
each_door = pytest.mark.parametrize("door", DOORS)

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def message_of(response: Response) -> str:
    return str(response.json["error"]["message"])


@each_door
def test_a_compressed_body_is_read(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, door: str
) -> None:
    for number, (coding, pack) in enumerate(PACKERS.items(), start=1):
        headers = {"Content-Encoding": coding, "Idempotency-Key": f"compressed-{coding}"}
        first, second = (post(live, consumer, door, pack(json.dumps(asking()).encode()), headers=headers) for _ in "ab")
        assert (first.status, first.headers["X-LLM-Provider"]) == (200, "claude")
        assert second.body == first.body
        assert sim.calls("claude") == number


@each_door
def test_the_bound_counts_what_comes_out(live: Live, consumer: Person, door: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    body = json.dumps(asking(user="x" * 100_001)).encode()
    for coding, pack in PACKERS.items():
        assert post(live, consumer, door, pack(body), headers={"Content-Encoding": coding}).status == 413


@each_door
def test_an_unknown_encoding_is_a_415_that_names_it(live: Live, consumer: Person, door: str) -> None:
    response = post(live, consumer, door, b"{}", headers={"Content-Encoding": "compress"})
    assert (response.status, response.headers["Accept-Encoding"]) == (415, "gzip, deflate, br, zstd")
    assert "'compress'" in message_of(response)


@each_door
def test_a_body_that_is_not_gzip_is_a_400(live: Live, consumer: Person, door: str) -> None:
    response = post(live, consumer, door, asking(), headers={"Content-Encoding": "gzip"})
    assert (response.status, message_of(response)) == (400, "The body is not valid gzip.")


NESTED: dict[str, tuple[dict[str, Any], set[str]]] = {
    OPENAI: (
        {
            "messages": [{"role": "user", "content": "Hello", "mood": "good"}],
            "tools": [{"type": "function", "function": {"name": "find", "returns": {}}, "cost": 1}],
        },
        {"messages.mood", "tools.cost", "tools.function.returns"},
    ),
    ANTHROPIC: (
        {
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello", "mood": "good"}], "at": 1}],
            "tools": [{"name": "find", "input_schema": {"type": "object"}, "cost": 1}],
        },
        {"messages.content.mood", "messages.at", "tools.cost"},
    ),
}


@each_door
def test_unknown_fields_are_accepted_and_named(live: Live, consumer: Person, providers: list[str], door: str) -> None:
    nested, names = NESTED[door]
    response = post(live, consumer, door, asking(temprature=1, nothing=None, **nested))
    assert response.status == 200
    assert response.dropped >= {"temprature", *names}
    assert "nothing" not in response.dropped


@each_door
def test_who_asks_for_strictness_gets_a_400_for_an_unknown_field(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, door: str
) -> None:
    nested, names = NESTED[door]
    for given in ({"temprature": 1}, nested):
        response = post(live, consumer, door, asking(**given), headers={"X-LLM-Strict": "true"})
        assert response.status == 400
        assert "temprature" in message_of(response) or any(
            name.split(".")[-1] in message_of(response) for name in names
        )
    assert post(live, consumer, door, asking(), headers={"X-LLM-Strict": "true"}).status == 200
    assert sim.calls("claude") == 1


@each_door
def test_names_of_unknown_fields_cannot_break_the_header(
    live: Live, consumer: Person, providers: list[str], door: str
) -> None:
    fields = {f"field {n}\r\nSet-Cookie: é{n}": 1 for n in range(100)}
    response = post(live, consumer, door, asking(**fields, **{"x" * 5_000: 1}))
    assert response.status == 200
    assert response.headers["Set-Cookie"] is None
    assert 1 <= len(response.dropped) <= 32
    assert len(response.headers["X-LLM-Dropped"]) < 4_000


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def tool(schema: str) -> str:
    function = '{"type": "function", "function": {"name": "find", "parameters": %s}}'
    return function % schema


UNSENDABLE = [
    (OPENAI, '{"model": "%s", "messages": [{"role": "user", "content": "Hi"}], "temperature": NaN}', "temperature"),
    (OPENAI, '{"model": "%s", "messages": [{"role": "user", "content": "a\\ud83d"}]}', "messages[0].content"),
    (
        OPENAI,
        '{"model": "%s", "messages": [{"role": "user", "content": "Hi"}], "tools": ['
        + tool('{"maximum": 1e400}')
        + "]}",
        "tools[0].function.parameters.maximum",
    ),
    (
        OPENAI,
        '{"model": "%s", "messages": [{"role": "user", "content": "Hi"}], "tools": [' + tool(deep(950)) + "]}",
        "tools",
    ),
    (
        ANTHROPIC,
        '{"model": "%s", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "f", '
        '"input_schema": {"minimum": -Infinity}}]}',
        "tools[0].input_schema.minimum",
    ),
    (
        ANTHROPIC,
        '{"model": "%s", "max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type": "tool_use", '
        '"id": "t", "name": "f", "input": ' + deep(2_000) + "}]}]}",
        "messages",
    ),
]


def test_a_value_that_no_vendor_can_be_sent_is_named_and_moves_no_circuit(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    for (door, body, place), model in product(UNSENDABLE, ("default", "openai", "gemini")):
        response = post(live, consumer, door, (body % model).encode())
        assert response.status == 400
        assert message_of(response).startswith(f"{place}: ")
    assert [sim.calls(name) for name in providers] == [0, 0, 0]
    assert all(circuit.state is CircuitState.CLOSED for circuit in circuit_store.peek().values())
    assert post(live, consumer, OPENAI, asking()).headers["X-LLM-Provider"] == "claude"


def history(arguments: str, door: str) -> dict[str, Any]:
    """A dialogue in which a tool was called with `arguments`, as text."""
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": arguments}}
    return asking(
        messages=[
            {"role": "user", "content": "Find a plumber"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "Eto'o, Akwa"},
            {"role": "user", "content": "Thanks"},
        ],
        tools=[{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}],
        model=door,
    )


ARGUMENTS = (
    '{"min": NaN}', '{"min": 1e400}', '{"q": "caf\\ud83d"}', deep(950), deep(2_000), "[1]", '{"q": ', ""
)  # fmt: skip


@pytest.mark.parametrize("first", ["claude", "gemini", "openai"])
def test_what_a_model_once_wrote_as_arguments_is_repaired(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, first: str
) -> None:
    for arguments in ARGUMENTS:
        response = post(live, consumer, OPENAI, history(arguments, first))
        headers = response.headers
        assert (response.status, headers["X-LLM-Provider"], headers["X-LLM-Attempts"]) == (200, first, "1"), arguments
        sent = json.dumps(sim.requests(first)[-1].body, ensure_ascii=False)
        sent.encode()
        assert "NaN" not in sent
        assert "Infinity" not in sent


@each_door
def test_the_401_says_what_clients_look_for(live: Live, consumer: Person, door: str) -> None:
    words = {OPENAI: "Incorrect API key provided.", ANTHROPIC: "invalid x-api-key:"}[door]
    for headers in ({"Authorization": "Bearer djb_wrong"}, {"Authorization": ""}):
        response = post(live, consumer, door, asking(), headers=headers)
        assert response.status == 401
        assert message_of(response).startswith(words)


def all_out(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")


def test_a_static_object_holds_the_text(live: Live, consumer: Person, providers: list[str], sim: Simulator) -> None:
    all_out(sim, providers)
    asked = asking(response_format={"type": "json_object"}, messages=[{"role": "user", "content": "Answer in JSON"}])
    response = post(live, consumer, OPENAI, asked)
    assert response.headers["X-LLM-Degraded"] == "true"
    assert "unavailable" in json.loads(response.text)["message"]


SCHEMA = {
    "type": "object",
    "properties": {"town": {"type": "string"}},
    "required": ["town"],
    "additionalProperties": False,
}
FORMS = {
    OPENAI: {"response_format": {"type": "json_schema", "json_schema": {"name": "town", "schema": SCHEMA}}},
    ANTHROPIC: {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
}


@each_door
@pytest.mark.parametrize("stream", [False, True])
def test_a_schema_that_the_static_text_does_not_fit_is_a_503_with_a_time(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, door: str, stream: bool
) -> None:
    all_out(sim, providers)
    response = post(live, consumer, door, asking(**FORMS[door], stream=stream))
    assert response.status == 503
    assert int(response.headers["Retry-After"]) >= 1


@each_door
def test_a_static_text_that_fits_the_schema_is_served(
    live: Live, consumer: Person, providers: list[str], sim: Simulator, door: str
) -> None:
    from llm.models import StaticText

    StaticText.objects.update_or_create(route="default", language="en", defaults={"text": '{"town": "Douala"}'})
    all_out(sim, providers)
    response = post(live, consumer, door, asking(**FORMS[door]))
    assert (response.status, response.headers["X-LLM-Provider"]) == (200, "static")
    assert json.loads(response.text) == {"town": "Douala"}
