"""Reads and checks requests to Anthropic's Messages API. What it lets pass is read into the neutral
ChatRequest."""

import json
from typing import Any

from llm.simulator.claude.dialogue import blocks_of, check_dialogue
from llm.simulator.claude.documents import check_document, colour_of, pdf_size
from llm.simulator.claude.errors import ClaudeComplaints, invalid, no_model
from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.model.chat import Calling, SimulatedRequest, SimulatedTool, SimulatedToolChoice, count_tokens
from llm.simulator.model.documents import TOKENS_PER_PDF
from llm.simulator.shape import FieldType, check, expect
from llm.simulator.wire import Catalogue

_FIELDS = {
    "model": FieldType.STRING,
    "messages": FieldType.ARRAY,
    "max_tokens": FieldType.INTEGER,
    "system": FieldType.STRING_OR_ARRAY,
    "temperature": FieldType.NUMBER,
    "top_p": FieldType.NUMBER,
    "top_k": FieldType.INTEGER,
    "stop_sequences": FieldType.ARRAY,
    "stream": FieldType.BOOLEAN,
    "metadata": FieldType.OBJECT,
    "tools": FieldType.ARRAY,
    "tool_choice": FieldType.OBJECT,
    "thinking": FieldType.OBJECT,
    "service_tier": FieldType.STRING,
    "container": FieldType.ANY,
    "context_management": FieldType.OBJECT,
    "cache_control": FieldType.OBJECT,
    "inference_geo": FieldType.STRING,
    "mcp_servers": FieldType.ARRAY,
    "output_config": FieldType.OBJECT,
    "output_format": FieldType.OBJECT,
    "speed": FieldType.STRING,
}
_MESSAGE = {"role": FieldType.STRING, "content": FieldType.STRING_OR_ARRAY}
_USER_BLOCKS = ("text", "image", "document", "search_result", "tool_result")
_ASSISTANT_BLOCKS = ("text", "thinking", "redacted_thinking", "tool_use")
_COMPLAINTS = ClaudeComplaints()


def read(raw: bytes, catalogue: Catalogue) -> SimulatedRequest:
    """Raises Rejected."""
    body = parse(raw)
    check(body, _FIELDS, _COMPLAINTS, required=("model", "messages", "max_tokens"))
    _check_numbers(body)
    if not catalogue.has(body["model"]):
        raise InvalidRequest(no_model(body["model"]))
    return _request(body)


def read_count(raw: bytes, catalogue: Catalogue) -> SimulatedRequest:
    """A count_tokens request: the same without `max_tokens`. Raises Rejected."""
    body = parse(raw)
    check(body, _FIELDS, _COMPLAINTS, required=("model", "messages"))
    if not catalogue.has(body["model"]):
        raise InvalidRequest(no_model(body["model"]))
    return _request(body)


def parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise InvalidRequest(invalid(f"The request body is not valid JSON: {error}")) from error
    if not isinstance(body, dict):
        raise InvalidRequest(invalid("Input should be a valid dictionary"))
    return body


def _check_numbers(body: Json) -> None:
    if body["max_tokens"] < 1:
        raise InvalidRequest(invalid("max_tokens: Input should be greater than or equal to 1"))
    temperature = body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 1:
        raise InvalidRequest(invalid("temperature: range: 0..1"))


def _request(body: Json) -> SimulatedRequest:
    messages = _messages(body["messages"])
    check_dialogue(messages, body["model"])
    system = _text(body.get("system") or "")
    last = messages[-1]
    pdfs = tuple(size for block in blocks_of(last["content"]) if (size := pdf_size(block)))
    users = [message for message in messages if message["role"] == "user"]
    output = body.get("output_config") or {}
    form = output.get("format") or body.get("output_format") or {}
    return SimulatedRequest(
        model=body["model"],
        system=system,
        last_user=_text(users[-1]["content"]),
        spoken=tuple((message["role"], _text(message["content"])) for message in messages),
        prefill=_text(last["content"]) if last["role"] == "assistant" else "",
        tool_result=_tool_result(last) if last["role"] == "user" else None,
        pdfs=pdfs,
        colours=tuple(filter(None, map(colour_of, blocks_of(last["content"])))),
        tools=tuple(
            SimulatedTool(name=t.get("name", ""), schema=t.get("input_schema") or {}) for t in body.get("tools") or ()
        ),
        tool_choice=_tool_choice(body),
        schema=form.get("schema"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        seals=_thinks(body),
        input_tokens=count_tokens(system + "".join(_text(message["content"]) for message in messages))
        + TOKENS_PER_PDF * len(pdfs),
    )


def _thinks(body: Json) -> bool:
    """The models think when asked to, and when an effort is asked of them."""
    thinking = (body.get("thinking") or {}).get("type")
    return thinking != "disabled" and bool(thinking or (body.get("output_config") or {}).get("effort"))


_CALLING = {"auto": Calling.AUTO, "none": Calling.NONE, "any": Calling.REQUIRED, "tool": Calling.REQUIRED}


def _tool_choice(body: Json) -> SimulatedToolChoice:
    """Raises Rejected."""
    choice = body.get("tool_choice") or {"type": "auto"}
    if body.get("tool_choice") and not body.get("tools"):
        raise InvalidRequest(invalid("tool_choice may only be specified while providing tools"))
    if choice.get("type") not in _CALLING:
        tags = ", ".join(f"'{tag}'" for tag in _CALLING)
        text = f"Input tag '{choice.get('type')}' found using 'type' does not match any of the expected tags: {tags}"
        raise InvalidRequest(invalid(f"tool_choice: {text}"))
    name = choice.get("name", "")
    if name and name not in {tool.get("name") for tool in body["tools"]}:
        raise InvalidRequest(invalid(f"Tool '{name}' not found in provided tools"))
    return SimulatedToolChoice(
        mode=_CALLING[choice["type"]], name=name, parallel=not choice.get("disable_parallel_tool_use", False)
    )


def _messages(messages: list[Any]) -> list[Json]:
    if not messages:
        raise InvalidRequest(invalid("messages: at least one message is required"))
    for index, message in enumerate(messages):
        expect(message, FieldType.OBJECT, _COMPLAINTS, at=("messages", index))
        check(message, _MESSAGE, _COMPLAINTS, at=("messages", index), required=("role", "content"))
        _check_role(message["role"], index)
        _check_content(message, index, last=index == len(messages) - 1)
    return messages


def _check_role(role: str, index: int) -> None:
    if role == "system":
        text = (
            'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, '
            'not "system" as an input message role.'
        )
        raise InvalidRequest(invalid(text))
    if role not in ("user", "assistant"):
        raise InvalidRequest(invalid(f"messages.{index}.role: Input should be 'user' or 'assistant'"))
    if index == 0 and role != "user":
        raise InvalidRequest(invalid('messages: first message must use the "user" role'))


def _check_content(message: Json, index: int, *, last: bool) -> None:
    role, content = message["role"], message["content"]
    if not content and not (last and role == "assistant"):
        raise InvalidRequest(invalid(f"messages.{index}: {role} messages must have non-empty content"))
    if last and role == "assistant" and _text(content) != _text(content).rstrip():
        raise InvalidRequest(invalid("messages: final assistant content cannot end with trailing whitespace"))
    if isinstance(content, str):
        return
    allowed = _USER_BLOCKS if role == "user" else _ASSISTANT_BLOCKS
    for place, block in enumerate(content):
        at = f"messages.{index}.content.{place}"
        if not isinstance(block, dict):
            raise InvalidRequest(invalid(f"{at}: Input should be a valid dictionary"))
        kind = block.get("type")
        if kind not in allowed:
            tags = ", ".join(f"'{tag}'" for tag in allowed)
            raise InvalidRequest(
                invalid(f"{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
            )
        if kind == "document":
            check_document(block, at)
        if kind == "text" and not isinstance(block.get("text"), str):
            raise InvalidRequest(invalid(f"{at}.text.text: Input should be a valid string"))
        if kind == "text" and not block["text"].strip():
            raise InvalidRequest(invalid("messages: text content blocks must be non-empty"))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text") or "") for block in blocks_of(content) if block.get("type") == "text")


def _tool_result(message: Json) -> str | None:
    results = [
        _text(block.get("content") or "") for block in blocks_of(message["content"]) if block["type"] == "tool_result"
    ]
    return "\n".join(results) if results else None
