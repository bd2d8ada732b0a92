"""Anthropic's SDK for Python."""

from typing import Any

import anthropic
from anthropic import Anthropic, beta_tool
from pydantic import BaseModel

from clients.checks.checking import (
    HELLO,
    IMAGE_LINK,
    KEY,
    PLACE,
    URL,
    WEATHER,
    counted_alike,
    expect,
    pixel,
    raises,
    run,
    spoke,
    stage,
    vendor_saw,
    waited_as_told,
    whole,
)

client = Anthropic(base_url=URL, api_key=KEY, max_retries=0, timeout=60)

TOOL = {
    "name": "weather",
    "description": "The weather in a town.",
    "input_schema": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
}


@beta_tool
def weather(town: str) -> str:
    """The weather in a town.

    Args:
        town: its name
    """
    return f"Rain at 31 degrees in {town}"


class Place(BaseModel):
    trade: str
    town: str


def said(content: Any) -> dict[str, Any]:
    return {"max_tokens": 1024, "messages": [{"role": "user", "content": content}]}


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def plain(vendor: str) -> None:
    answer = client.messages.create(model=vendor, **said(HELLO))
    spoke(vendor, text_of(answer))
    expect(answer.stop_reason == "end_turn", f"ended by {answer.stop_reason}")


def stream(vendor: str) -> None:
    with client.messages.stream(model=vendor, **said(HELLO)) as events:
        pieces = list(events.text_stream)
        final = events.get_final_message()
    expect(len(pieces) > 1, "the text came in one piece")
    spoke(vendor, "".join(pieces))
    expect(final.stop_reason == "end_turn", f"ended by {final.stop_reason}")
    counted_alike(vendor, final.usage.input_tokens, final.usage.output_tokens)


def tools(vendor: str) -> None:
    asked = said(WEATHER)
    first = client.messages.create(model=vendor, tools=[TOOL], tool_choice={"type": "any"}, **asked)
    (call,) = (block for block in first.content if block.type == "tool_use")
    expect((call.name, call.input) == ("weather", {"town": "Douala"}), f"called {call.name} with {call.input}")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Rain at 31 degrees"}
    asked["messages"] += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    again = client.messages.create(model=vendor, tools=[TOOL], **asked)
    expect("31 degrees" in text_of(again), "the tool's result was not heard")
    with client.messages.stream(model=vendor, tools=[TOOL], **said(WEATHER)) as events:
        (streamed,) = (block for block in events.get_final_message().content if block.type == "tool_use")
    expect(streamed.input == {"town": "Douala"}, f"streamed {streamed.input}")
    looped = client.beta.messages.tool_runner(model=vendor, tools=[weather], **said(WEATHER)).until_done()
    expect("31 degrees" in text_of(looped), "tool_runner did not reach an answer")


def schema(vendor: str) -> None:
    place = client.messages.parse(model=vendor, output_format=Place, **said(PLACE)).parsed_output
    expect(isinstance(place, Place), f"not parsed: {place!r}")


def image(vendor: str) -> None:
    _, data = pixel()
    show(vendor, {"type": "base64", "media_type": "image/png", "data": data})
    vendor_saw(vendor, data)


def image_link(vendor: str) -> None:
    show(vendor, {"type": "url", "url": IMAGE_LINK})
    vendor_saw(vendor, IMAGE_LINK)


def show(vendor: str, source: dict[str, str]) -> None:
    content = [{"type": "text", "text": HELLO}, {"type": "image", "source": source}]
    spoke(vendor, text_of(client.messages.create(model=vendor, **said(content))))


def usage(vendor: str) -> None:
    told = client.messages.create(model=vendor, **said(HELLO)).usage
    counted_alike(vendor, told.input_tokens, told.output_tokens)


def errors(vendor: str) -> None:
    stranger = client.with_options(api_key="djb_nobody").messages
    raises(anthropic.AuthenticationError, lambda: stranger.create(model=vendor, **said(HELLO)))
    raises(anthropic.NotFoundError, lambda: client.messages.create(model="claude-1", **said(HELLO)))
    bad = raises(
        anthropic.BadRequestError,
        lambda: client.messages.create(model=vendor, **said(HELLO), extra_body={"temperature": 9}),
    )
    expect("temperature" in str(bad), f"the error does not name the field: {bad}")
    stage("break", vendor=vendor, fault="invalid_request")
    raises(anthropic.UnprocessableEntityError, lambda: client.messages.create(model=vendor, **said(HELLO)))
    stage("break", vendor="all", fault="credit")
    refused = raises(
        anthropic.InternalServerError,
        lambda: client.messages.create(model=vendor, **said(HELLO), extra_body={"static": False}),
    )
    expect(refused.status_code == 503 and refused.response.headers["retry-after"], f"not a 503: {refused}")
    degraded = client.messages.with_raw_response.create(model=vendor, **said(HELLO))
    expect(degraded.headers["x-llm-degraded"] == "true", "the static answer does not say so")


def resumed(vendor: str) -> None:
    stage("break", vendor=vendor, fault="cut", chunks=2)
    with client.messages.stream(model=vendor, **said(HELLO)) as events:
        final = events.get_final_message()
    whole(text_of(final))
    expect(final.stop_reason == "end_turn", f"ended by {final.stop_reason}")


def cut(vendor: str) -> str:
    stage("break", vendor="all", fault="cut", chunks=2)
    pieces: list[str] = []

    def listen() -> None:
        with client.messages.stream(model=vendor, **said(HELLO)) as events:
            for event in events:
                expect(event.type not in ("message_delta", "message_stop"), "an end over half an answer")
                if event.type == "text":
                    pieces.append(event.text)

    error = raises(anthropic.APIError, listen)
    expect("".join(pieces), "no text before the cut")
    return f"raises {type(error).__name__} after the pieces that came"


def limit(vendor: str) -> str:
    stage("limited", requests=1)
    ask = client.with_options(max_retries=2).messages.create
    ask(model=vendor, **said(HELLO))
    refused = raises(anthropic.RateLimitError, lambda: client.messages.create(model=vendor, **said(HELLO)))
    expect(refused.body["error"]["type"] == "rate_limit_error", f"the type is {refused.body!r}")
    return waited_as_told(refused, lambda: ask(model=vendor, **said(HELLO)))


def budget(vendor: str) -> str:
    stage("spent")
    ask = client.with_options(max_retries=2).messages.create
    refused = raises(anthropic.APIStatusError, lambda: ask(model=vendor, **said(HELLO)))
    expect((refused.status_code, refused.body["error"]["type"]) == (402, "billing_error"), f"not a 402: {refused}")
    expect(refused.request.headers["x-stainless-retry-count"] == "0", "it was tried again")
    return f"raises {type(refused).__name__} with status_code 402, and tries no second time"


run(plain, stream, tools, schema, image, image_link, usage, errors, resumed, cut, once=(limit, budget))
