"""ChatRequest -> the body of Anthropic's messages API. Builds plain JSON; sends nothing."""

import re

from anthropic import transform_schema

from llm.adapters.messages.images import has_detail, inline
from llm.adapters.messages.ordering import alternating, instructions
from llm.adapters.messages.tool_results import IdForm
from llm.adapters.transport.lenient_json import Json, arguments_object, parse_object
from llm.adapters.transport.signals import unsupported
from llm.core.chat.request import (
    CLAUDE,
    ChatRequest,
    Document,
    Image,
    OutputFormat,
    Part,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolMode,
    ToolResult,
)

IDS = IdForm(forbidden=re.compile(r"[^a-zA-Z0-9_-]"), longest=64)
"""Anthropic refuses all other characters in a tool's id; other vendors' ids hold dots and colons. Its reference
states no length; 64 is the bound of the same models at Amazon."""
EFFORTS = {"none": "low", "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh"}
"""OpenAI's reasoning efforts -> those of `output_config.effort`."""
MAX_TEMPERATURE = 1.0
CHOICES = {ToolMode.AUTO: "auto", ToolMode.NONE: "none", ToolMode.REQUIRED: "any"}


def build(request: ChatRequest, *, model: str, max_tokens: int, stream: bool) -> tuple[Json, tuple[str, ...]]:
    """The body, and the names of what Claude has no parameter for, or not for such a value."""
    body: Json = {
        "model": model,
        "max_tokens": request.max_tokens or max_tokens,
        "messages": [
            {"role": turn.role.value, "content": [_block(part) for part in turn.parts]}
            for turn in alternating(request, kind=CLAUDE, ids=IDS)
        ],
    }
    if system := instructions(request, json_order=True):
        body["system"] = system
    if request.temperature is not None:
        body["temperature"] = min(request.temperature, MAX_TEMPERATURE)
    if request.top_p is not None:
        body["top_p"] = request.top_p
    if stops := [stop for stop in request.stop if stop.strip()]:
        body["stop_sequences"] = stops
    if request.user:
        body["metadata"] = {"user_id": request.user}
    if request.tools:
        body["tools"] = [
            {
                "name": tool.name,
                **({"description": tool.description} if tool.description else {}),
                **_input(tool),
            }
            for tool in request.tools
        ]
        body["tool_choice"] = _tool_choice(request)
    if output := _output_config(request):
        body["output_config"] = output
    if stream:
        body["stream"] = True
    return body, _left_out(request)


def _block(part: Part) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            if found := inline(part):
                source = {"type": "base64", "media_type": found.media_type, "data": found.data}
            else:
                source = {"type": "url", "url": part.url or ""}
            return {"type": "image", "source": source}
        case Document():
            return _document(part)
        case Thinking(redacted=True):
            return {"type": "redacted_thinking", "data": part.signature}
        case Thinking():
            return {"type": "thinking", "thinking": part.text, "signature": part.signature}
        case ToolCall():
            arguments = arguments_object(part.arguments)
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
        case ToolResult():
            return {"type": "tool_result", "tool_use_id": part.call_id, "content": part.content}


def _document(part: Document) -> Json:
    if part.data:
        source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    else:
        source = {"type": "url", "url": part.url or ""}
    return {"type": "document", "source": source, **({"title": part.name} if part.name else {})}


def _input(tool: Tool) -> Json:
    schema = _schema(tool.parameters, tool.name)
    return {"input_schema": _closed(schema), "strict": True} if tool.strict else {"input_schema": schema}


def _tool_choice(request: ChatRequest) -> Json:
    choice = request.tool_choice
    wire: Json = {"type": "tool", "name": choice.name} if choice.name else {"type": CHOICES[choice.mode]}
    if not choice.parallel and wire["type"] != "none":
        wire["disable_parallel_tool_use"] = True
    return wire


def _output_config(request: ChatRequest) -> Json:
    config: Json = {}
    if request.reasoning_effort:
        config["effort"] = EFFORTS.get(request.reasoning_effort, request.reasoning_effort)
    if request.output.format is OutputFormat.JSON_SCHEMA:
        about = {"description": text} if (text := request.output.schema_description) else {}
        schema = _closed({**about, **_schema(request.output.schema, "the answer")})
        config["format"] = {"type": "json_schema", "schema": schema}
    return config


def _closed(schema: Json) -> Json:
    """The schema by the SDK's own rewriting: Anthropic refuses open objects and some keywords."""
    try:
        return transform_schema(schema)
    except Exception:  # noqa: BLE001  # the rewriting knows no such schema; whether it is good is then Anthropic's to say
        return schema


def _schema(written: str | None, whose: str) -> Json:
    schema = parse_object(written or "{}")
    if schema is None:
        raise unsupported(f"the JSON schema of {whose} is no JSON object")
    return schema


def _left_out(request: ChatRequest) -> tuple[str, ...]:
    given = {
        "seed": request.seed is not None,
        "frequency_penalty": bool(request.frequency_penalty),
        "presence_penalty": bool(request.presence_penalty),
        "temperature": (request.temperature or 0) > MAX_TEMPERATURE,
        "stop": any(not stop.strip() for stop in request.stop),
        "image_url.detail": has_detail(request),
    }
    return tuple(name for name, is_given in given.items() if is_given)
