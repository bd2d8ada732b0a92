"""Reads and checks requests to Anthropic's Messages API. What it lets pass is read into the neutral
ChatRequest."""

import json
from collections.abc import Iterable
from typing import Any

from llm.simulator.chat import ChatRequest, Tool, count_tokens
from llm.simulator.claude.errors import ClaudeComplaints, invalid, no_model
from llm.simulator.exchange import Json, Rejected
from llm.simulator.shape import Kind, check, expect
from llm.simulator.wire import Catalogue

_FIELDS = {
    "model": Kind.STRING,
    "messages": Kind.ARRAY,
    "max_tokens": Kind.INTEGER,
    "system": Kind.STRING_OR_ARRAY,
    "temperature": Kind.NUMBER,
    "top_p": Kind.NUMBER,
    "top_k": Kind.INTEGER,
    "stop_sequences": Kind.ARRAY,
    "stream": Kind.BOOLEAN,
    "metadata": Kind.OBJECT,
    "tools": Kind.ARRAY,
    "tool_choice": Kind.OBJECT,
    "thinking": Kind.OBJECT,
    "service_tier": Kind.STRING,
    "container": Kind.ANY,
    "context_management": Kind.OBJECT,
    "cache_control": Kind.OBJECT,
    "inference_geo": Kind.STRING,
    "mcp_servers": Kind.ARRAY,
    "output_config": Kind.OBJECT,
    "output_format": Kind.OBJECT,
    "speed": Kind.STRING,
}
_MESSAGE = {"role": Kind.STRING, "content": Kind.STRING_OR_ARRAY}
_USER_BLOCKS = ("text", "image", "document", "search_result", "tool_result")
_ASSISTANT_BLOCKS = ("text", "thinking", "redacted_thinking", "tool_use")
_COMPLAINTS = ClaudeComplaints()


def read(raw: bytes, catalogue: Catalogue) -> ChatRequest:
    """Raises Rejected."""
    body = parse(raw)
    check(body, _FIELDS, _COMPLAINTS, required=("model", "messages", "max_tokens"))
    _check_numbers(body)
    if not catalogue.has(body["model"]):
        raise Rejected(no_model(body["model"]))
    return _request(body)


def read_count(raw: bytes, catalogue: Catalogue) -> ChatRequest:
    """A count_tokens request: the same without `max_tokens`. Raises Rejected."""
    body = parse(raw)
    check(body, _FIELDS, _COMPLAINTS, required=("model", "messages"))
    if not catalogue.has(body["model"]):
        raise Rejected(no_model(body["model"]))
    return _request(body)


def parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Rejected(invalid(f"The request body is not valid JSON: {error}")) from error
    if not isinstance(body, dict):
        raise Rejected(invalid("Input should be a valid dictionary"))
    return body


def _check_numbers(body: Json) -> None:
    if body["max_tokens"] < 1:
        raise Rejected(invalid("max_tokens: Input should be greater than or equal to 1"))
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 1:
        raise Rejected(invalid("temperature: range: 0..1"))


def _request(body: Json) -> ChatRequest:
    messages = _messages(body["messages"])
    system = _text(body.get("system") or "")
    last = messages[-1]
    users = [message for message in messages if message["role"] == "user"]
    output = body.get("output_config") or {}
    form = output.get("format") or body.get("output_format") or {}
    return ChatRequest(
        model=body["model"],
        system=system,
        last_user=_text(users[-1]["content"]),
        prefill=_text(last["content"]) if last["role"] == "assistant" else "",
        tool_result=_tool_result(last) if last["role"] == "user" else None,
        tools=tuple(Tool(name=t.get("name", ""), schema=t.get("input_schema") or {}) for t in body.get("tools") or ()),
        schema=form.get("schema"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        input_tokens=count_tokens(system + "".join(_text(message["content"]) for message in messages)),
    )


def _messages(messages: list[Any]) -> list[Json]:
    if not messages:
        raise Rejected(invalid("messages: at least one message is required"))
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        expect(message, Kind.OBJECT, _COMPLAINTS, at=("messages", index))
        check(message, _MESSAGE, _COMPLAINTS, at=("messages", index), required=("role", "content"))
        _check_role(message["role"], index)
        _check_content(message, index, last=index == len(messages) - 1)
        waiting = _check_tools(message, index, waiting)
    return messages


def _check_role(role: str, index: int) -> None:
    if role == "system":
        text = (
            'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, '
            'not "system" as an input message role.'
        )
        raise Rejected(invalid(text))
    if role not in ("user", "assistant"):
        raise Rejected(invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'"))
    if index == 0 and role != "user":
        raise Rejected(invalid('messages: first message must use the "user" role'))


def _check_content(message: Json, index: int, *, last: bool) -> None:
    role, content = message["role"], message["content"]
    if not content and not (last and role == "assistant"):
        raise Rejected(invalid(f"messages.{index}: {role} messages must have non-empty content"))
    if last and role == "assistant" and _text(content) != _text(content).rstrip():
        raise Rejected(invalid("messages: final assistant content cannot end with trailing whitespace"))
    if isinstance(content, str):
        return
    allowed = _USER_BLOCKS if role == "user" else _ASSISTANT_BLOCKS
    for place, block in enumerate(content):
        at = f"messages.{index}.content.{place}"
        if not isinstance(block, dict):
            raise Rejected(invalid(f"{at}: Input should be a valid dictionary"))
        kind = block.get("type")
        if kind not in allowed:
            tags = ", ".join(f"'{tag}'" for tag in allowed)
            raise Rejected(
                invalid(f"{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
            )
        if kind == "text" and not isinstance(block.get("text"), str):
            raise Rejected(invalid(f"{at}.text.text: Input should be a valid string"))
        if kind == "text" and not block["text"].strip():
            raise Rejected(invalid("messages: text content blocks must be non-empty"))


def _check_tools(message: Json, index: int, waiting: set[str]) -> set[str]:
    """Every tool_use must be answered by a tool_result in the very next message, and no other may be."""
    blocks = list(_blocks(message["content"]))
    answered = {str(block.get("tool_use_id")) for block in blocks if block["type"] == "tool_result"}
    if waiting - answered:
        ids = ", ".join(sorted(waiting - answered))
        text = f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}."
        raise Rejected(invalid(text))
    if answered - waiting:
        ids = ", ".join(sorted(answered - waiting))
        raise Rejected(
            invalid(f"messages.{index}.content: unexpected `tool_use_id` found in `tool_result` blocks: {ids}.")
        )
    return {str(block.get("id")) for block in blocks if block["type"] == "tool_use"}


def _blocks(content: object) -> Iterable[Json]:
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text") or "") for block in _blocks(content) if block.get("type") == "text")


def _tool_result(message: Json) -> str | None:
    results = [
        _text(block.get("content") or "") for block in _blocks(message["content"]) if block["type"] == "tool_result"
    ]
    return "\n".join(results) if results else None
