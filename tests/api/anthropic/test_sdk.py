"""Anthropic's own client against the live server: the shapes that it reads, and the errors that it raises."""

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic, beta_tool
from pydantic import BaseModel

from llm.models import Call
from llm.simulator import Simulator
from tests.api.anthropic.asking import HELLO, VENDORS, ask
from tests.api.anthropic.reading import WEATHER
from tests.conftest import Live, Person

pytestmark = pytest.mark.django_db(transaction=True)

ASK_WEATHER: Any = [{"role": "user", "content": "Use the tool named weather for Douala."}]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 64).decode()
TOOLS: Any = [WEATHER]


@pytest.fixture
def client(live: Live, consumer: Person, providers: list[str]) -> Iterator[Anthropic]:
    with Anthropic(base_url=live.url, api_key=consumer.key, max_retries=0, timeout=30) as made:
        yield made


@pytest.mark.parametrize(("provider", "model"), VENDORS.items())
def test_every_vendor_answers_with_a_message(client: Anthropic, provider: str, model: str) -> None:
    raw = ask(client, model=provider)
    answer = raw.parse()
    assert (raw.headers["X-LLM-Provider"], raw.headers["X-LLM-Attempts"]) == (provider, "1")
    assert (raw.headers["X-LLM-Degraded"], "X-LLM-Dropped" in raw.headers) == ("false", False)
    assert (answer.type, answer.role, answer.model) == ("message", "assistant", model)
    (block,) = answer.content
    assert block.type == "text"
    assert "plumber" in block.text
    assert (answer.stop_reason, answer.stop_sequence, answer.stop_details) == ("end_turn", None, None)
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert (answer.usage.cache_read_input_tokens, answer.usage.cache_creation_input_tokens) == (0, 0)


def test_cached_tokens_stand_beside_the_others(client: Anthropic, sim: Simulator) -> None:
    whole = ask(client).parse().usage.input_tokens
    for name, model in VENDORS.items():
        sim.reply(name, cached_tokens=3)
        usage = ask(client, model=model).parse().usage
        assert usage.cache_read_input_tokens == 3
        if name == "claude":
            assert usage.input_tokens == whole - 3


def test_an_answer_bears_the_id_of_its_record_and_of_its_request(client: Anthropic, consumer: Person) -> None:
    raw = ask(client, extra_headers={"X-Request-ID": "ticket-7"})
    answer = raw.parse()
    call = Call.objects.get(pk=answer.id.removeprefix("msg_"))
    assert (call.request_id, call.origin, call.user_id, call.consumer) == (
        "ticket-7",
        "api",
        consumer.user.pk,
        "alice",
    )
    assert raw.headers["X-Request-ID"] == raw.headers["request-id"] == answer._request_id == "ticket-7"


@pytest.mark.parametrize("stream", [False, True])
def test_when_claude_is_out_of_credit_its_clients_are_answered_by_gemini(
    client: Anthropic, sim: Simulator, stream: bool
) -> None:
    sim.fault("claude", "credit")
    raw = ask(client, model="claude-sonnet-5-5", stream=stream)
    assert (raw.headers["X-LLM-Provider"], raw.headers["X-LLM-Attempts"]) == ("gemini", "2")
    if stream:
        events = list(raw.parse())
        assert events[0].message.model == "gemini-3.8-flash"
        assert events[-1].type == "message_stop"
    else:
        assert raw.parse().model == "gemini-3.8-flash"


@pytest.mark.parametrize(("provider", "model"), VENDORS.items())
def test_a_streamed_answer(client: Anthropic, provider: str, model: str) -> None:
    whole = ask(client, model=provider).parse()
    with client.messages.stream(model=provider, max_tokens=500, messages=HELLO) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
        assert stream.response.headers["X-LLM-Provider"] == provider
        assert stream.response.headers["X-Accel-Buffering"] == "no"
        assert stream.response.headers["Content-Type"].startswith("text/event-stream")
    assert len(pieces) > 1
    assert "".join(pieces) == final.content[0].text == whole.content[0].text  # type: ignore[union-attr]
    assert (final.model, final.stop_reason, final.usage) == (model, "end_turn", whole.usage)


def test_the_async_client_works_alike(live: Live, consumer: Person, providers: list[str]) -> None:
    async def story() -> tuple[Any, Any]:
        async with AsyncAnthropic(base_url=live.url, auth_token=consumer.key, max_retries=0) as client:
            plain = await client.messages.create(model="default", max_tokens=500, messages=HELLO)
            async with client.messages.stream(model="default", max_tokens=500, messages=HELLO) as stream:
                return plain, await stream.get_final_message()

    plain, streamed = asyncio.run(story())
    assert plain.content[0].text == streamed.content[0].text


@pytest.mark.parametrize("provider", VENDORS)
def test_a_tool_round(client: Anthropic, provider: str) -> None:
    asked = ask(client, model=provider, messages=ASK_WEATHER, tools=TOOLS, tool_choice={"type": "any"}).parse()
    assert asked.stop_reason == "tool_use"
    (call,) = asked.content
    assert (call.type, call.name, list(call.input)) == ("tool_use", "weather", ["town"])
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "Rain"}]}
    history = [*ASK_WEATHER, asked.to_param(), {"role": "user", "content": [result]}]
    told = ask(client, model=provider, messages=history, tools=TOOLS, tool_choice={"type": "none"}).parse()
    assert told.stop_reason == "end_turn"
    assert "Rain" in told.content[0].text


@pytest.mark.parametrize("provider", VENDORS)
def test_a_streamed_tool_call(client: Anthropic, provider: str) -> None:
    with client.messages.stream(
        model=provider,
        max_tokens=500,
        messages=ASK_WEATHER,
        tools=TOOLS,
        tool_choice={"type": "tool", "name": "weather"},
    ) as stream:
        final = stream.get_final_message()
    (call,) = final.content
    assert call.type == "tool_use"
    assert (call.name, list(call.input), final.stop_reason) == ("weather", ["town"], "tool_use")


def test_a_tool_round_survives_a_change_of_vendor(client: Anthropic, sim: Simulator) -> None:
    asked = ask(client, model="claude", messages=ASK_WEATHER, tools=TOOLS).parse()
    sim.fault("claude", "credit")
    result = {"type": "tool_result", "tool_use_id": asked.content[0].id, "content": "Rain"}
    history = [*ASK_WEATHER, asked.to_param(), {"role": "user", "content": [result]}]
    raw = ask(client, model="claude", messages=history, tools=TOOLS)
    assert raw.headers["X-LLM-Provider"] == "gemini"
    assert "Rain" in raw.parse().content[0].text


@beta_tool
def weather(town: str) -> str:
    """Tells the weather of a town."""
    return f"Rain in {town}"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", VENDORS)
def test_the_sdks_tool_runner_works_as_it_is(client: Anthropic, sim: Simulator, provider: str, stream: bool) -> None:
    """By itself it asks for a conversation kept on the server, and goes on without when there is none."""
    thinking: Any = {"type": "enabled", "budget_tokens": 2_000}
    runner = client.beta.messages.tool_runner(
        model=provider, max_tokens=3_000, messages=ASK_WEATHER, tools=[weather], thinking=thinking, stream=stream
    )
    said = [turn.get_final_message() if stream else turn for turn in runner]  # type: ignore[attr-defined]
    assert [message.stop_reason for message in said] == ["tool_use", "end_turn"]
    assert "Rain in Douala" in next(block.text for block in said[-1].content if block.type == "text")
    if provider == "gemini":
        (vendor_signature,) = [block for block in said[0].content if block.type == "thinking"]
        sent = str(sim.requests("gemini")[-1].body)
        assert vendor_signature.signature.removeprefix(f"djb1:gemini:{said[0].content[-1].id}:") in sent


def test_a_form_given_as_a_class_is_parsed(client: Anthropic) -> None:
    class Place(BaseModel):
        town: str

    for provider in VENDORS:
        parsed = client.messages.parse(model=provider, max_tokens=500, messages=HELLO, output_format=Place)
        assert isinstance(parsed.parsed_output, Place)


@pytest.mark.parametrize(
    ("provider", "kept"),
    [("claude", ("source", "data")), ("gemini", ("inlineData", "data")), ("openai", ("image_url", "url"))],
)
def test_an_image_reaches_every_vendor(client: Anthropic, sim: Simulator, provider: str, kept: tuple[str, str]) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PNG}
    blocks = [{"type": "image", "source": source}, {"type": "text", "text": "What is broken here?"}]
    assert ask(client, model=provider, messages=[{"role": "user", "content": blocks}]).parse().content
    body = sim.requests(provider)[-1].body
    (turn,) = body["contents"] if provider == "gemini" else body["messages"]
    shown = turn["parts" if provider == "gemini" else "content"][0]
    assert PNG in shown[kept[0]][kept[1]]


def test_instructions_limits_and_effort_reach_the_vendor(client: Anthropic, sim: Simulator) -> None:
    ask(
        client,
        system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        stop_sequences=["STOP"],
        metadata={"user_id": "u-1"},
        output_config={"effort": "low"},
        extra_body={"temperature": 0.5},
    )
    body = sim.requests("claude")[-1].body
    assert (body["system"], body["max_tokens"], body["stop_sequences"]) == ("Be brief.\n\nBe kind.", 500, ["STOP"])
    assert (body["metadata"], body["output_config"], body["temperature"]) == (
        {"user_id": "u-1"},
        {"effort": "low"},
        0.5,
    )


def test_an_answer_in_a_form(client: Anthropic) -> None:
    schema = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
    for provider in VENDORS:
        answer = ask(
            client, model=provider, output_config={"format": {"type": "json_schema", "schema": schema}}
        ).parse()
        assert '"town"' in answer.content[0].text


def test_an_answer_that_ran_out_of_tokens_says_so(client: Anthropic) -> None:
    for provider in VENDORS:
        assert ask(client, model=provider, max_tokens=2).parse().stop_reason == "max_tokens"


def test_dropped_parameters_are_named(client: Anthropic) -> None:
    system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    raw = ask(client, extra_body={"top_k": 5}, system=system)
    assert raw.headers["X-LLM-Dropped"] == "cache_control,top_k"
    *_, end, _ = ask(client, extra_body={"top_k": 5}, stream=True).parse()
    assert (end.type, end.x_llm_dropped) == ("message_delta", ["top_k"])


def test_tokens_can_be_counted(client: Anthropic, sim: Simulator) -> None:
    short = client.messages.count_tokens(model="claude-sonnet-5-5", messages=HELLO)
    long = client.messages.count_tokens(model="default", messages=HELLO, system="Be brief. " * 100, tools=TOOLS)
    assert 0 < short.input_tokens < long.input_tokens
    assert sum(sim.calls(name) for name in VENDORS) == 0
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="claude-2", messages=HELLO)
