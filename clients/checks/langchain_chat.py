"""LangChain's chat model for OpenAI's API."""

from typing import Any

import openai
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
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
    whole,
)


def chat(vendor: str, **more: Any) -> ChatOpenAI:
    settings = {"api_key": KEY, "max_retries": 0, "timeout": 60, "stream_usage": True, **more}
    return ChatOpenAI(base_url=f"{URL}/v1", model=vendor, **settings)


@tool
def weather(town: str) -> str:
    """The weather in a town."""
    return f"Rain at 31 degrees in {town}"


class Place(BaseModel):
    """Where, and what for."""

    trade: str
    town: str


def plain(vendor: str) -> None:
    spoke(vendor, chat(vendor).invoke(HELLO).text)


def stream(vendor: str) -> None:
    pieces = list(chat(vendor).stream(HELLO))
    total = AIMessageChunk(content="")
    for piece in pieces:
        total += piece
    expect(sum(bool(piece.text) for piece in pieces) > 1, "the text came in one piece")
    spoke(vendor, total.text)
    expect(total.usage_metadata, "no usage")
    counted_alike(vendor, total.usage_metadata["input_tokens"], total.usage_metadata["output_tokens"])


def tools(vendor: str) -> None:
    able = chat(vendor).bind_tools([weather])
    first = able.invoke(WEATHER)
    (call,) = first.tool_calls
    expect((call["name"], call["args"]) == ("weather", {"town": "Douala"}), f"called {call}")
    result = weather.invoke(call)
    expect(isinstance(result, ToolMessage), f"not a tool message: {result!r}")
    again = able.invoke([HumanMessage(WEATHER), first, result])
    expect("31 degrees" in again.text, "the tool's result was not heard")
    total = AIMessageChunk(content="")
    for piece in able.stream(WEATHER):
        total += piece
    expect(total.tool_calls[0]["args"] == {"town": "Douala"}, f"streamed {total.tool_calls}")


def schema(vendor: str) -> None:
    place = chat(vendor).with_structured_output(Place).invoke(PLACE)
    expect(isinstance(place, Place), f"not parsed: {place!r}")
    by_tool = chat(vendor).with_structured_output(Place, method="function_calling").invoke(f"{PLACE} Call Place.")
    expect(isinstance(by_tool, Place), f"not parsed: {by_tool!r}")


def image(vendor: str) -> None:
    _, data = pixel()
    spoke(vendor, shown(vendor, {"type": "image", "base64": data, "mime_type": "image/png"}).text)
    vendor_saw(vendor, data)


def image_link(vendor: str) -> None:
    spoke(vendor, shown(vendor, {"type": "image", "url": IMAGE_LINK}).text)
    vendor_saw(vendor, IMAGE_LINK)


def shown(vendor: str, block: dict[str, Any]) -> AIMessage:
    return chat(vendor).invoke([HumanMessage(content=[{"type": "text", "text": HELLO}, block])])


def usage(vendor: str) -> None:
    told = chat(vendor).invoke(HELLO).usage_metadata
    expect(told, "no usage")
    counted_alike(vendor, told["input_tokens"], told["output_tokens"])


def errors(vendor: str) -> None:
    raises(openai.AuthenticationError, lambda: chat(vendor, api_key="djb_nobody").invoke(HELLO))
    raises(openai.NotFoundError, lambda: chat("gpt-2").invoke(HELLO))
    bad = raises(openai.BadRequestError, lambda: chat(vendor, temperature=9).invoke(HELLO))
    expect(bad.param == "temperature", f"the error names {bad.param!r}")
    stage("break", vendor=vendor, fault="invalid_request")
    raises(openai.UnprocessableEntityError, lambda: chat(vendor).invoke(HELLO))
    stage("break", vendor="all", fault="credit")
    refusing = chat(vendor, extra_body={"static": False})
    refused = raises(openai.InternalServerError, lambda: refusing.invoke(HELLO))
    expect(refused.status_code == 503, f"not a 503: {refused}")
    degraded = chat(vendor, include_response_headers=True).invoke(HELLO)
    expect(degraded.response_metadata["headers"]["x-llm-degraded"] == "true", "the static answer does not say so")


def resumed(vendor: str) -> None:
    stage("break", vendor=vendor, fault="cut", chunks=2)
    pieces = list(chat(vendor).stream(HELLO))
    whole("".join(piece.text for piece in pieces))
    reasons = [piece.response_metadata.get("finish_reason") for piece in pieces]
    expect("stop" in reasons, f"finished by {reasons}")


def cut(vendor: str) -> str:
    stage("break", vendor="all", fault="cut", chunks=2)
    pieces: list[str] = []

    def listen() -> None:
        for piece in chat(vendor).stream(HELLO):
            pieces.append(piece.text)
            expect(not piece.response_metadata.get("finish_reason"), "a finish reason over half an answer")

    error = raises(openai.APIError, listen)
    expect("".join(pieces), "no text before the cut")
    return f"raises openai.{type(error).__name__} after the pieces that came"


run(plain, stream, tools, schema, image, image_link, usage, errors, resumed, cut)
