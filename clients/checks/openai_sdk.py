"""OpenAI's SDK for Python."""

import json
from typing import Any

import openai
from openai import OpenAI
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

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0, timeout=60)
chat = client.chat.completions

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}


class Place(BaseModel):
    trade: str
    town: str


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def plain(vendor: str) -> None:
    spoke(vendor, chat.create(model=vendor, messages=said(HELLO)).choices[0].message.content)


def stream(vendor: str) -> None:
    with chat.create(model=vendor, messages=said(HELLO), stream=True, stream_options={"include_usage": True}) as chunks:
        seen = list(chunks)
    pieces = [choice.delta.content for chunk in seen for choice in chunk.choices if choice.delta.content]
    expect(len(pieces) > 1, "the text came in one piece")
    spoke(vendor, "".join(pieces))
    expect(seen[-1].usage, "no usage at the end")
    counted_alike(vendor, seen[-1].usage.prompt_tokens, seen[-1].usage.completion_tokens)


def tools(vendor: str) -> None:
    asked = said(WEATHER)
    message = chat.create(model=vendor, messages=asked, tools=[TOOL], tool_choice="required").choices[0].message
    (call,) = message.tool_calls
    expect(json.loads(call.function.arguments) == {"town": "Douala"}, call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "Rain at 31 degrees"}
    again = chat.create(model=vendor, messages=[*asked, message, result], tools=[TOOL])
    expect("31 degrees" in (again.choices[0].message.content or ""), "the tool's result was not heard")
    with chat.stream(model=vendor, messages=asked, tools=[TOOL]) as events:
        (streamed,) = events.get_final_completion().choices[0].message.tool_calls
    expect(json.loads(streamed.function.arguments) == {"town": "Douala"}, streamed.function.arguments)


def schema(vendor: str) -> None:
    place = chat.parse(model=vendor, messages=said(PLACE), response_format=Place).choices[0].message.parsed
    expect(isinstance(place, Place), f"not parsed: {place!r}")


def image(vendor: str) -> None:
    _, data = pixel()
    show(vendor, f"data:image/png;base64,{data}")
    vendor_saw(vendor, data)


def image_link(vendor: str) -> None:
    show(vendor, IMAGE_LINK)
    vendor_saw(vendor, IMAGE_LINK)


def show(vendor: str, url: str) -> None:
    content = [{"type": "text", "text": HELLO}, {"type": "image_url", "image_url": {"url": url}}]
    spoke(vendor, chat.create(model=vendor, messages=[{"role": "user", "content": content}]).choices[0].message.content)


def usage(vendor: str) -> None:
    told = chat.create(model=vendor, messages=said(HELLO)).usage
    counted_alike(vendor, told.prompt_tokens, told.completion_tokens)
    expect(told.total_tokens == told.prompt_tokens + told.completion_tokens, "the total is not the sum")


def errors(vendor: str) -> None:
    stranger = client.with_options(api_key="djb_nobody").chat.completions
    raises(openai.AuthenticationError, lambda: stranger.create(model=vendor, messages=said(HELLO)))
    raises(openai.NotFoundError, lambda: chat.create(model="gpt-2", messages=said(HELLO)))
    bad = raises(openai.BadRequestError, lambda: chat.create(model=vendor, messages=said(HELLO), temperature=9))
    expect(bad.param == "temperature", f"the error names {bad.param!r}")
    stage("break", vendor=vendor, fault="invalid_request")
    raises(openai.UnprocessableEntityError, lambda: chat.create(model=vendor, messages=said(HELLO)))
    stage("break", vendor="all", fault="credit")
    refused = raises(
        openai.InternalServerError,
        lambda: chat.create(model=vendor, messages=said(HELLO), extra_body={"static": False}),
    )
    expect(refused.status_code == 503 and refused.response.headers["retry-after"], f"not a 503: {refused}")
    degraded = chat.with_raw_response.create(model=vendor, messages=said(HELLO))
    expect(degraded.headers["x-llm-degraded"] == "true", "the static answer does not say so")


def resumed(vendor: str) -> None:
    stage("break", vendor=vendor, fault="cut", chunks=2)
    seen = list(chat.create(model=vendor, messages=said(HELLO), stream=True))
    whole("".join(chunk.choices[0].delta.content or "" for chunk in seen))
    expect(seen[-1].choices[0].finish_reason == "stop", "no finish reason")


def cut(vendor: str) -> str:
    stage("break", vendor="all", fault="cut", chunks=2)
    pieces: list[str] = []

    def listen() -> None:
        for chunk in chat.create(model=vendor, messages=said(HELLO), stream=True):
            pieces.append(chunk.choices[0].delta.content or "")
            expect(chunk.choices[0].finish_reason is None, "a finish reason over half an answer")

    error = raises(openai.APIError, listen)
    expect("".join(pieces), "no text before the cut")
    return f"raises {type(error).__name__} after the pieces that came"


def limit(vendor: str) -> str:
    stage("limited", requests=1)
    ask = client.with_options(max_retries=2).chat.completions.create
    ask(model=vendor, messages=said(HELLO))
    refused = raises(openai.RateLimitError, lambda: chat.create(model=vendor, messages=said(HELLO)))
    expect(refused.code == "rate_limit_exceeded", f"the code is {refused.code!r}")
    return waited_as_told(refused, lambda: ask(model=vendor, messages=said(HELLO)))


def budget(vendor: str) -> str:
    stage("spent")
    ask = client.with_options(max_retries=2).chat.completions.with_raw_response.create
    refused = raises(openai.APIStatusError, lambda: ask(model=vendor, messages=said(HELLO)))
    expect((refused.status_code, refused.code) == (402, "budget_exceeded"), f"not a 402: {refused}")
    expect(refused.request.headers["x-stainless-retry-count"] == "0", "it was tried again")
    return f"raises {type(refused).__name__} with status_code 402, and tries no second time"


run(plain, stream, tools, schema, image, image_link, usage, errors, resumed, cut, once=(limit, budget))
