"""ChatRequest -> the body of OpenAI's chat completions, for OpenAI itself and for vendors that speak the same."""

import re
from collections.abc import Iterator

from llm.adapters.messages.images import inline
from llm.adapters.messages.ordering import JSON_ORDER, spoken
from llm.adapters.messages.tool_results import IdForm
from llm.adapters.transport.lenient_json import Json, parse_object
from llm.adapters.transport.signals import unsupported
from llm.core.chat.request import (
    OPENAI,
    ChatRequest,
    Document,
    Image,
    Message,
    OutputFormat,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolMode,
    ToolResult,
)
from llm.vendors.quirks import NO_QUIRKS, LimitField, Quirks

REASONING_MODEL = re.compile(r"(gpt-[5-9]|o\d)(?![\w]*oss)", re.I)
"""OpenAI's reasoning models: they take `max_completion_tokens` only. Compatible vendors know `max_tokens`."""

FILE_NAME = "document.pdf"
"""For documents without a name: OpenAI wants one."""
IDS = IdForm(forbidden=re.compile(r"[^\x21-\x7e]"), longest=40)
"""OpenAI refuses longer ids of tool calls ("string too long. Expected a string with maximum length 40")."""

OURS = frozenset({"stream_options"})
"""Fields that no caller asked for: an answer is no poorer without them."""


def build(
    request: ChatRequest, *, model: str, max_tokens: int, stream: bool, quirks: Quirks = NO_QUIRKS
) -> tuple[Json, tuple[str, ...]]:
    """The body, and the names of what the vendor's `quirks` keep out. OpenAI itself has a parameter for everything."""
    by_name = LimitField.MAX_COMPLETION_TOKENS if REASONING_MODEL.match(model) else LimitField.MAX_TOKENS
    length = str(quirks.limit_field or by_name)
    given: Json = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "reasoning_effort": request.reasoning_effort,
        "user": request.user,
    }
    body: Json = {
        "model": model,
        "messages": [
            wire
            for message in spoken(request.messages, kind=OPENAI, ids=_ids(quirks))
            for wire in _messages(message, quirks.reasoning_echo)
        ],
        length: request.max_tokens or max_tokens,
        **{name: value for name, value in given.items() if value is not None},
    }
    if request.tools:
        _add_tools(body, request)
    _add_output(body, request)
    if stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    return _as_the_vendor_takes_it(body, quirks)


def _ids(quirks: Quirks) -> IdForm:
    """The form of ids of tool calls."""
    if quirks.tool_id_length is None:
        return IDS
    return IdForm(forbidden=re.compile(r"[^a-zA-Z0-9]"), longest=quirks.tool_id_length, exact=True)


def _as_the_vendor_takes_it(body: Json, quirks: Quirks) -> tuple[Json, tuple[str, ...]]:
    """Without the fields that the vendor refuses, and others under its names."""
    left_out = tuple(name for name in body if name in quirks.unsent)
    for name in left_out:
        del body[name]
    for ours, theirs in quirks.renamed:
        if ours in body:
            body[theirs] = body.pop(ours)
    return body, tuple(name for name in left_out if name not in OURS)


def _messages(message: Message, echo: str | None) -> Iterator[Json]:
    """One message may be several on this wire: each tool result is a message of its own, first."""
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.call_id, "content": part.content}
    content = _content(message)
    if message.role is Role.ASSISTANT:
        calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
        if calls:
            reasoning = {} if echo is None else {"reasoning_content": _reasoning(message) or echo}
            yield {"role": "assistant", "content": content or None, **reasoning, "tool_calls": calls}
            return
    if content or not any(isinstance(part, ToolResult) for part in message.parts):
        yield {"role": message.role.value, "content": content}


def _reasoning(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Thinking))


def _content(message: Message) -> str | list[Json]:
    """Plain text, or a list of parts when the user shows images or documents; other roles may not."""
    if message.role is not Role.USER or not any(isinstance(part, Image | Document) for part in message.parts):
        return message.text
    content: list[Json] = []
    for part in message.parts:
        if isinstance(part, Text) and part.text:
            content.append({"type": "text", "text": part.text})
        elif isinstance(part, Image):
            found = inline(part)
            url = f"data:{found.media_type};base64,{found.data}" if found else part.url
            detail = {"detail": part.detail} if part.detail else {}
            content.append({"type": "image_url", "image_url": {"url": url, **detail}})
        elif isinstance(part, Document):
            content.append(_file(part))
    return content


def _file(part: Document) -> Json:
    if not part.data:
        raise unsupported("chat completions take no links to documents")
    data = f"data:{part.media_type};base64,{part.data}"
    return {"type": "file", "file": {"filename": part.name or FILE_NAME, "file_data": data}}


def _call(part: ToolCall) -> Json:
    return {
        "id": part.id,
        "type": "function",
        "function": {"name": part.name, "arguments": part.arguments or "{}"},
    }


def _add_tools(body: Json, request: ChatRequest) -> None:
    body["tools"] = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                **({"description": tool.description} if tool.description else {}),
                "parameters": _schema(tool.parameters, tool.name),
                **({"strict": True} if tool.strict else {}),
            },
        }
        for tool in request.tools
    ]
    choice = request.tool_choice
    if choice.name:
        body["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    elif choice.mode is not ToolMode.AUTO:
        body["tool_choice"] = choice.mode.value
    if not choice.parallel:
        body["parallel_tool_calls"] = False


def _add_output(body: Json, request: ChatRequest) -> None:
    output = request.output
    if output.format is OutputFormat.JSON:
        body["response_format"] = {"type": "json_object"}
        if not any("json" in message.text.lower() for message in request.messages):
            # OpenAI refuses json_object when no message speaks of JSON.
            body["messages"].insert(0, {"role": "system", "content": JSON_ORDER})
    elif output.format is OutputFormat.JSON_SCHEMA:
        schema: Json = {"name": output.schema_name, "schema": _schema(output.schema, "the answer")}
        if output.schema_description:
            schema["description"] = output.schema_description
        if output.strict:
            schema["strict"] = True
        body["response_format"] = {"type": "json_schema", "json_schema": schema}


def _schema(written: str | None, whose: str) -> Json:
    schema = parse_object(written or "{}")
    if schema is None:
        raise unsupported(f"the JSON schema of {whose} is no JSON object")
    return schema
