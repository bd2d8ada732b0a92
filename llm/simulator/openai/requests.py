"""Reads and checks requests to OpenAI's chat completions. Reasoning models refuse the parameters that the
real ones refuse."""

import json
import re
from dataclasses import replace
from typing import Any

from llm.simulator.http.exchange import InvalidRequest, Json
from llm.simulator.model.chat import Calling, SimulatedRequest, SimulatedTool, SimulatedToolChoice, count_tokens
from llm.simulator.model.documents import TOKENS_PER_PDF
from llm.simulator.openai.dialogue import check_dialogue
from llm.simulator.openai.documents import check_files, colours, pdf_sizes
from llm.simulator.openai.errors import OpenAIComplaints, invalid, no_model
from llm.simulator.openai.manners import (
    OPENAI,
    Lack,
    Manners,
    check_abilities,
    check_fields,
    check_messages,
)
from llm.simulator.shape import FieldType, check, expect
from llm.simulator.wire import Catalogue

_FIELDS = {
    **dict.fromkeys(
        (
            "model",
            "user",
            "service_tier",
            "reasoning_effort",
            "verbosity",
            "safety_identifier",
            "prompt_cache_key",
        ),
        FieldType.STRING,
    ),
    **dict.fromkeys(("messages", "tools", "functions", "modalities"), FieldType.ARRAY),
    **dict.fromkeys(("max_tokens", "max_completion_tokens", "n", "seed", "top_logprobs"), FieldType.INTEGER),
    **dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), FieldType.NUMBER),
    **dict.fromkeys(("stream", "store", "logprobs", "parallel_tool_calls"), FieldType.BOOLEAN),
    **dict.fromkeys(
        (
            "stream_options",
            "response_format",
            "metadata",
            "logit_bias",
            "audio",
            "prediction",
            "web_search_options",
        ),
        FieldType.OBJECT,
    ),
    **dict.fromkeys(("tool_choice", "function_call", "prompt_cache_retention"), FieldType.ANY),
    "stop": FieldType.STRING_OR_ARRAY,
}
_MESSAGE = {
    "role": FieldType.STRING,
    "content": FieldType.STRING_OR_ARRAY,
    "name": FieldType.STRING,
    "tool_calls": FieldType.ARRAY,
    "tool_call_id": FieldType.STRING,
    "refusal": FieldType.STRING,
    "function_call": FieldType.OBJECT,
    "audio": FieldType.OBJECT,
    "annotations": FieldType.ARRAY,
    "reasoning_content": FieldType.STRING,
}
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_REASONING = re.compile(r"(o\d|gpt-(?:[5-9]|\d\d))(?!.*chat)")
_COMPLAINTS = OpenAIComplaints()


def reasons(model: str) -> bool:
    """True for the model families that think before they answer."""
    return bool(_REASONING.match(model))


def read(raw: bytes, catalogue: Catalogue, manners: Manners = OPENAI) -> SimulatedRequest:
    """Raises Rejected."""
    body = _parse(raw)
    check_fields(body, manners)
    extra = dict.fromkeys(manners.extra, FieldType.ANY)
    check(body, {**_FIELDS, **extra}, _COMPLAINTS, required=("model", "messages"))
    if not catalogue.has(body["model"]):
        raise InvalidRequest(no_model(body["model"]))
    _check_messages(body["messages"])
    check_dialogue(body["messages"])
    if manners is OPENAI:
        _check_parameters(body)
    check_messages(body["messages"], manners)
    check_abilities(body, manners)
    return _able(_request(body), manners.lacks)


def _able(request: SimulatedRequest, lacks: frozenset[Lack]) -> SimulatedRequest:
    """The request as models see it that lack something and do not say so."""
    if Lack.PARALLEL_TOOLS in lacks:
        request = replace(request, tool_choice=replace(request.tool_choice, parallel=False))
    if Lack.SIGHT in lacks:
        request = replace(request, colours=())
    return replace(request, include_usage=False) if Lack.STREAM_USAGE in lacks else request


def _parse(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        text = (
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        )
        raise InvalidRequest(invalid(text))
    return body


def _check_messages(messages: list[Any]) -> None:
    if not messages:
        text = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        raise InvalidRequest(invalid(text, code="empty_array", param="messages"))
    for index, message in enumerate(messages):
        place = f"messages[{index}]"
        expect(message, FieldType.OBJECT, _COMPLAINTS, at=("messages", index))
        check(message, _MESSAGE, _COMPLAINTS, at=("messages", index), required=("role",))
        role = message["role"]
        if role not in _ROLES:
            names = ", ".join(f"'{name}'" for name in _ROLES)
            text = f"Invalid value: '{role}'. Supported values are: {names}."
            raise InvalidRequest(invalid(text, code="invalid_value", param=f"{place}.role"))
        if role == "tool" and not message.get("tool_call_id"):
            raise _COMPLAINTS.missing(("messages", index, "tool_call_id"))
        if message.get("content") is None and not (role == "assistant" and message.get("tool_calls")):
            text = f"Invalid value for 'content': expected a string, got null at {place}."
            raise InvalidRequest(invalid(text, param=f"{place}.content"))
        check_files(message.get("content"), index)


def _check_parameters(body: Json) -> None:
    model, temperature = body["model"], body.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        side, bound = ("below minimum", ">= 0") if temperature < 0 else ("above maximum", "<= 2")
        text = f"Invalid 'temperature': decimal {side} value. Expected a value {bound}, but got {temperature} instead."
        raise InvalidRequest(invalid(text, code=f"decimal_{side.replace(' ', '_')}_value", param="temperature"))
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None and body[name] < 1:
            text = (
                f"Invalid '{name}': integer below minimum value. Expected a value >= 1, but got {body[name]} instead."
            )
            raise InvalidRequest(invalid(text, code="integer_below_min_value", param=name))
    if not reasons(model):
        return
    if body.get("max_tokens") is not None:
        text = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise InvalidRequest(invalid(text, code="unsupported_parameter", param="max_tokens"))
    if temperature not in (None, 1):
        text = (
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported."
        )
        raise InvalidRequest(invalid(text, code="unsupported_value", param="temperature"))
    if body.get("stop") is not None:
        text = "Unsupported parameter: 'stop' is not supported with this model."
        raise InvalidRequest(invalid(text, code="unsupported_parameter", param="stop"))


def _request(body: Json) -> SimulatedRequest:
    messages: list[Json] = body["messages"]
    system = "\n".join(_text(m.get("content")) for m in messages if m["role"] in ("system", "developer"))
    users = [_text(m.get("content")) for m in messages if m["role"] == "user"]
    last = messages[-1]
    results = [_text(m.get("content")) for m in messages if m["role"] == "tool"]
    form = body.get("response_format") or {}
    stop = body.get("stop") or ()
    pdfs = pdf_sizes(last.get("content"))
    return SimulatedRequest(
        model=body["model"],
        system=system,
        last_user=users[-1] if users else "",
        spoken=tuple((m["role"], _text(m.get("content"))) for m in messages if m["role"] in ("user", "assistant")),
        prefill=_text(last.get("content")) if last["role"] == "assistant" else "",
        tool_result=results[-1] if last["role"] == "tool" else None,
        pdfs=pdfs,
        colours=colours(last.get("content")),
        tools=tuple(_tool(tool) for tool in body.get("tools") or () if isinstance(tool, dict)),
        tool_choice=_tool_choice(body),
        json_mode=form.get("type") == "json_object",
        schema=(form.get("json_schema") or {}).get("schema") if form.get("type") == "json_schema" else None,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        input_tokens=count_tokens("".join(_text(m.get("content")) for m in messages)) + TOKENS_PER_PDF * len(pdfs),
        thinks=reasons(body["model"]),
        include_usage=bool((body.get("stream_options") or {}).get("include_usage")),
    )


def _tool_choice(body: Json) -> SimulatedToolChoice:
    """Raises Rejected."""
    choice, parallel = body.get("tool_choice") or "auto", body.get("parallel_tool_calls", True)
    if choice != "none" and "tool_choice" in body and not body.get("tools"):
        text = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
        raise InvalidRequest(invalid(text, param="tool_choice"))
    if not isinstance(choice, dict):
        if choice not in list(Calling):
            text = f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'."
            raise InvalidRequest(invalid(f"{text} (tool_choice)", code="invalid_value", param="tool_choice"))
        return SimulatedToolChoice(mode=Calling(choice), parallel=parallel)
    name = (choice.get("function") or {}).get("name", "")
    if name not in {_tool(tool).name for tool in body["tools"]}:
        text = f"Tool choice '{name}' not found in 'tools' parameter."
        raise InvalidRequest(invalid(text, param="tool_choice"))
    return SimulatedToolChoice(mode=Calling.REQUIRED, name=name, parallel=parallel)


def _tool(tool: Json) -> SimulatedTool:
    function = tool.get("function") or {}
    return SimulatedTool(name=str(function.get("name", "")), schema=function.get("parameters") or {})


def _text(content: object) -> str:
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    return "\n".join(
        str(part.get("text") or "") for part in content if isinstance(part, dict) and part.get("type") == "text"
    )
