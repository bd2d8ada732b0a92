"""The five requests, and what their answers tell. Pure: values in, values out."""

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from llm.core.chat.request import (
    ChatRequest,
    Image,
    Message,
    Output,
    OutputFormat,
    Role,
    Text,
    Tool,
    message,
)
from llm.core.chat.response import Completion
from llm.services.catalogue.capabilities.report import Finding, Probe

EDGE = 64
"""Pixels. xAI refuses smaller pictures."""
CITY = json.dumps({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
CAPITAL = json.dumps(
    {
        "type": "object",
        "properties": {"capital": {"type": "string"}},
        "required": ["capital"],
        "additionalProperties": False,
    }
)

NO_CALL = gettext_noop("It called no tool.")

Findings = Iterator[tuple[Probe, Finding, str]]
"""Probe, finding, and why it is not YES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request. `input_tokens` is a generous guess of its size; `read` tells what the answer shows."""

    probes: tuple[Probe, ...]
    request: ChatRequest
    input_tokens: int
    read: Callable[[Completion], Findings]
    stream: bool = False


def _text(completion: Completion) -> Findings:
    yield Probe.TEXT, Finding.YES, ""


def _stream(completion: Completion) -> Findings:
    yield Probe.STREAM, Finding.YES, ""
    if completion.usage.total:
        yield Probe.STREAM_USAGE, Finding.YES, ""
    else:
        yield (
            Probe.STREAM_USAGE,
            Finding.NO,
            gettext_noop("The stream did not say how many tokens it took: costs are estimated."),
        )


def _tools(completion: Completion) -> Findings:
    calls = [call for call in completion.tool_calls if _is_object(call.arguments)]
    if not calls:
        yield Probe.TOOLS, Finding.NO, NO_CALL
        yield Probe.PARALLEL_TOOLS, Finding.NO, NO_CALL
        return
    yield Probe.TOOLS, Finding.YES, ""
    if len(calls) > 1:
        yield Probe.PARALLEL_TOOLS, Finding.YES, ""
    else:
        yield Probe.PARALLEL_TOOLS, Finding.NO, gettext_noop("It made one call where two were asked for.")


def _json_schema(completion: Completion) -> Findings:
    refused = next((one for one in completion.refused if one.part == "output"), None)
    if refused is not None:
        yield Probe.JSON_SCHEMA, Finding.NO, refused.words
    elif isinstance(answer := _parsed(completion.text), dict) and "capital" in answer:
        yield Probe.JSON_SCHEMA, Finding.YES, ""
    else:
        yield Probe.JSON_SCHEMA, Finding.NO, gettext_noop("It took the schema and did not keep to it.")


def _image(completion: Completion) -> Findings:
    if re.search(r"\bred\b", completion.text, re.I):
        yield Probe.IMAGE, Finding.YES, ""
    else:
        yield Probe.IMAGE, Finding.NO, gettext_noop("It took a red picture and did not see it.")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_object(arguments: str) -> bool:
    return isinstance(_parsed(arguments), dict)


def _red_png() -> str:
    """A red square as base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", EDGE, EDGE, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xff\x00\x00" * EDGE) * EDGE)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def _asked(text: str, *parts: Image) -> tuple[Message, ...]:
    return (Message(role=Role.USER, parts=(*parts, Text(text=text))),)


QUESTIONS = (
    Question(
        probes=(Probe.TEXT,),
        request=ChatRequest(messages=(message(Role.USER, "Reply with the single word: ready"),), language="en"),
        input_tokens=40,
        read=_text,
    ),
    Question(
        probes=(Probe.STREAM, Probe.STREAM_USAGE),
        request=ChatRequest(messages=_asked("Count from 1 to 5, digits alone."), language="en"),
        input_tokens=40,
        read=_stream,
        stream=True,
    ),
    Question(
        probes=(Probe.TOOLS, Probe.PARALLEL_TOOLS),
        request=ChatRequest(
            messages=_asked("Call get_time and get_weather for Paris, both now, in one turn. Say nothing else."),
            tools=(
                Tool(name="get_time", description="The time in a city.", parameters=CITY),
                Tool(name="get_weather", description="The weather in a city.", parameters=CITY),
            ),
            language="en",
        ),
        input_tokens=400,
        read=_tools,
    ),
    Question(
        probes=(Probe.JSON_SCHEMA,),
        request=ChatRequest(
            messages=_asked("Name the capital of France."),
            output=Output(
                format=OutputFormat.JSON_SCHEMA, schema=CAPITAL, schema_name="capital", strict=True, validated=False
            ),
            language="en",
        ),
        input_tokens=150,
        read=_json_schema,
    ),
    Question(
        probes=(Probe.IMAGE,),
        request=ChatRequest(
            messages=_asked(
                "Which colour has this picture? Answer with one English word.",
                Image(data=_red_png(), media_type="image/png"),
            ),
            language="en",
        ),
        input_tokens=1_200,
        read=_image,
    ),
)
"""In the order in which they are asked: where the first fails, the others are not."""
