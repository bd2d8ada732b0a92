"""A dialogue with tools that changes its vendor: OpenAI's own client, strict vendors, nothing of one shown to another.

The provider in front is named as `model`, without fallbacks, so that a vendor's refusal is the caller's error.
"""

import json
from collections.abc import Callable, Iterator
from itertools import cycle, permutations
from typing import Any

import openai
import pytest
from openai import OpenAI

from llm.adapters.gemini.request import UNSIGNED
from llm.adapters.messages.tool_results import NO_RESULT
from llm.simulator import Simulator
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

VENDORS = ("claude", "gemini", "openai")
WALKS = [*permutations(VENDORS, 2), VENDORS, VENDORS[::-1]]


def tool(name: str) -> dict[str, Any]:
    place = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
    return {
        "type": "function",
        "function": {"name": name, "strict": True, "parameters": {**place, "additionalProperties": False}},
    }


TOOLS = [tool("find_plumber"), tool("get_price")]
TURNS = (
    "Please use find_plumber for Akwa.",
    "And now get_price, please.",
    "Use find_plumber and get_price together for Bonapriso.",
    "Thank you. What will happen next?",
    "find_plumber once more, for Deido.",
    "get_price and find_plumber, one last time.",
)
CALLS = [1, 1, 2, 0, 1, 2]
Ask = Callable[[OpenAI, str, list[Any]], Any]


@pytest.fixture
def client(live: Live, consumer: Person, providers: list[str]) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.url}/v1", api_key=consumer.key, max_retries=0, timeout=30) as made:
        yield made


def plain(client: OpenAI, vendor: str, messages: list[Any]) -> Any:
    answer = client.chat.completions.create(
        model=vendor, messages=messages, tools=TOOLS, reasoning_effort="high", extra_body={"fallbacks": []}
    )
    return answer.choices[0].message


def streamed(client: OpenAI, vendor: str, messages: list[Any]) -> Any:
    with client.chat.completions.stream(
        model=vendor, messages=messages, tools=TOOLS, reasoning_effort="high", extra_body={"fallbacks": []}
    ) as events:
        return events.get_final_completion().choices[0].message


by_way = pytest.mark.parametrize("ask", [plain, streamed])


class Dialogue:
    """What the client keeps: the messages as the SDK gave them, and which vendor spoke."""

    def __init__(self, client: OpenAI, ask: Ask) -> None:
        self._client = client
        self._ask = ask
        self.messages: list[Any] = []
        self.issued: dict[str, list[str]] = {vendor: [] for vendor in VENDORS}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        """Each request's vendor, with the signatures that each vendor had issued before it."""

    def say(self, text: str) -> None:
        self.messages.append({"role": "user", "content": text})

    def hear(self, vendor: str) -> Any:
        self.asked.append((vendor, {name: list(found) for name, found in self.issued.items()}))
        message = self._ask(self._client, vendor, self.messages)
        self.messages.append(message)
        self.issued[vendor] += signatures(message.model_dump())
        return message

    def run_tools(self, message: Any) -> None:
        for call in message.tool_calls:
            told = f"{call.function.name} says {len(self.messages)}"
            self.messages.append({"role": "tool", "tool_call_id": call.id, "content": told})


def signatures(value: Any) -> list[str]:
    """Every signature in a message, in the order of Claude's and Gemini's parts: thinking, text, calls."""
    google = (value.get("extra_content") or {}).get("google", {})
    found = [block.get("signature") or block["data"] for block in value.get("thinking_blocks") or ()]
    found += [google["thought_signature"]] if google else []
    for call in value.get("tool_calls") or ():
        found += signatures(call)
    return found


def on_the_wire(vendor: str, body: dict[str, Any]) -> list[str]:
    """The signatures in a vendor's request, Google's stand-in left out."""
    if vendor == "claude":
        blocks = [block for turn in body["messages"] for block in turn["content"]]
        return [block.get("signature") or block.get("data") for block in blocks if "thinking" in block["type"]]
    if vendor == "gemini":
        parts = [part for turn in body["contents"] for part in turn["parts"]]
        found = [part["thoughtSignature"] for part in parts if "thoughtSignature" in part]
        return [signature for signature in found if signature != UNSIGNED]
    return []


def last_role(vendor: str, body: dict[str, Any]) -> str:
    turns: list[dict[str, str]] = body["contents" if vendor == "gemini" else "messages"]
    return turns[-1]["role"]


def walk(dialogue: Dialogue, vendors: tuple[str, ...], *, within_turns: bool) -> None:
    """The six turns, with the next vendor in front for each turn, or for each request."""
    order = cycle(vendors)
    for text, calls in zip(TURNS, CALLS, strict=True):
        dialogue.say(text)
        vendor = next(order)
        message = dialogue.hear(vendor)
        assert len({call.id for call in message.tool_calls or ()}) == calls
        if calls:
            dialogue.run_tools(message)
            message = dialogue.hear(next(order) if within_turns else vendor)
        assert message.content
        assert not message.tool_calls


def assert_nobody_saw_anothers(dialogue: Dialogue, sim: Simulator) -> None:
    recorded = sorted((one for vendor in VENDORS for one in sim.answered(vendor)), key=lambda one: one.number)
    assert [one.status for one in recorded] == [200] * len(dialogue.asked)
    for one, (vendor, issued) in zip(recorded, dialogue.asked, strict=True):
        assert on_the_wire(vendor, one.body) == issued[vendor]
        foreign = [signature for name, found in issued.items() if name != vendor for signature in found]
        assert not [signature for signature in foreign if signature.encode() in one.raw]
        assert last_role(vendor, one.body) in ("user", "tool")


@by_way
@pytest.mark.parametrize("within_turns", [False, True], ids=["each turn", "each request"])
@pytest.mark.parametrize("vendors", WALKS, ids=">".join)
def test_a_dialogue_with_tools_survives_every_change_of_vendor(
    client: OpenAI, sim: Simulator, ask: Ask, vendors: tuple[str, ...], within_turns: bool
) -> None:
    dialogue = Dialogue(client, ask)
    walk(dialogue, vendors, within_turns=within_turns)
    assert_nobody_saw_anothers(dialogue, sim)
    sealing = set(vendors) - {"openai"}
    assert all(dialogue.issued[vendor] for vendor in sealing), "nothing was sealed, so nothing was tested"


@by_way
def test_redacted_thinking_goes_back_too(client: OpenAI, sim: Simulator, ask: Ask) -> None:
    sim.reply("claude", thinking="secret", redacted=True)
    dialogue = Dialogue(client, ask)
    walk(dialogue, ("claude", "openai"), within_turns=True)
    assert_nobody_saw_anothers(dialogue, sim)


def past(*ids: str) -> list[Any]:
    """A dialogue whose one turn made a call under each id and got the id itself as the result."""
    calls = [{"id": id, "type": "function", "function": {"name": "get_price", "arguments": "{}"}} for id in ids]
    results = [{"role": "tool", "tool_call_id": id, "content": f"result of {id}"} for id in ids]
    return [
        {"role": "user", "content": "Prices?"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        *reversed(results),
        {"role": "user", "content": "And?"},
    ]


def pairs(vendor: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    """(id on the wire, its result) in the order of the calls; Gemini has no ids, so the place stands for it."""
    if vendor == "openai":
        told = {turn["tool_call_id"]: turn["content"] for turn in body["messages"] if turn["role"] == "tool"}
        calls = [call for turn in body["messages"] for call in turn.get("tool_calls") or ()]
        return [(call["id"], told[call["id"]]) for call in calls]
    if vendor == "claude":
        blocks = [block for turn in body["messages"] for block in turn["content"]]
        said = {block["tool_use_id"]: block["content"] for block in blocks if block["type"] == "tool_result"}
        return [(block["id"], said[block["id"]]) for block in blocks if block["type"] == "tool_use"]
    parts = [part for turn in body["contents"] for part in turn["parts"]]
    answers = [part["functionResponse"]["response"]["result"] for part in parts if "functionResponse" in part]
    return [(str(place), answer) for place, answer in enumerate(answers)]


IDS = (
    "functions.get:0",
    "functions_get_0",
    "functions:get.0",
    "chatcmpl-tool-" + "0" * 32,
    "chatcmpl-tool-" + "0" * 33,
)


@pytest.mark.parametrize("vendor", VENDORS)
def test_ids_of_elsewhere_are_made_fit_and_stay_apart(client: OpenAI, sim: Simulator, vendor: str) -> None:
    plain(client, vendor, past(*IDS))
    (request,) = sim.answered(vendor)
    assert request.status == 200
    found = pairs(vendor, request.body)
    assert [result for _, result in found] == [f"result of {id}" for id in IDS]
    assert len({id for id, _ in found}) == len(IDS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_id_that_comes_again_in_a_later_turn_is_another_call(client: OpenAI, sim: Simulator, vendor: str) -> None:
    plain(client, vendor, [*past("call_0"), {"role": "assistant", "content": "Well."}, *past("call_0")])
    (request,) = sim.answered(vendor)
    assert (request.status, len({id for id, _ in pairs(vendor, request.body)})) == (200, 2)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_that_was_never_carried_out_is_answered_for_the_vendor(
    client: OpenAI, sim: Simulator, vendor: str
) -> None:
    asked, called, *_ = past("call_1")
    plain(client, vendor, [asked, called, {"role": "user", "content": "Never mind."}])
    (request,) = sim.answered(vendor)
    assert request.status == 200
    assert [result for _, result in pairs(vendor, request.body)] == [NO_RESULT]


def test_a_result_without_a_call_is_the_callers_mistake(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        plain(client, "claude", [*past("c"), {"role": "tool", "tool_call_id": "nobody", "content": "5"}])
    assert raised.value.param == "messages[4].tool_call_id"


@pytest.mark.parametrize(
    ("vendor", "said"),
    [
        ("claude", {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "c3RhbGU="}]}),
        ("gemini", {"extra_content": {"google": {"thought_signature": "c3RhbGU="}}}),
    ],
)
@by_way
def test_thinking_that_its_vendor_no_longer_takes_is_left_out(
    client: OpenAI, sim: Simulator, ask: Ask, vendor: str, said: dict[str, Any]
) -> None:
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!", **said},
        {"role": "user", "content": "And now?"},
    ]
    assert ask(client, vendor, messages).content
    refused, taken = sim.answered(vendor)
    assert (refused.status, taken.status) == (400, 200)
    assert "c3RhbGU=" in json.dumps(refused.body)
    assert "c3RhbGU=" not in json.dumps(taken.body)


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_other_servers_add_to_a_message_comes_back_unharmed(client: OpenAI, sim: Simulator, vendor: str) -> None:
    added: dict[str, Any] = {
        "refusal": None,
        "annotations": [],
        "audio": None,
        "function_call": None,
        "reasoning_content": "hm",
        "reasoning_details": [{"type": "reasoning.text", "text": "hm"}],
        "provider_specific_fields": {"x": 1},
        "thinking_blocks": [{"type": "thinking", "thinking": "unsigned"}, {"type": "new", "x": 1}],
        "extra_content": {"other": {}},
    }
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!", **added},
        {"role": "user", "content": "And now?"},
    ]
    assert plain(client, vendor, messages).content
    (request,) = sim.answered(vendor)
    assert b"hm" not in request.raw
    assert b"unsigned" not in request.raw
