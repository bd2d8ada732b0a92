"""Reads OpenAI's chat completion request strictly into `ChatRequest`."""

from dataclasses import dataclass
from typing import Any

from llm.api.chat import fields
from llm.api.chat.gateway import GatewayCall
from llm.api.chat.unknown_fields import UnknownFields
from llm.api.openai.messages import read_messages
from llm.api.openai.tools import read_output, read_tool_choice, read_tools
from llm.core.chat.request import ChatRequest

IGNORED = {
    "metadata", "moderation", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "verbosity", "prediction",
}  # fmt: skip
"""Accepted, dropped and reported: they change billing, storage or style at OpenAI, never the question."""

DEFAULTS: dict[str, tuple[Any, ...]] = {
    "metadata": ({},),
    "prompt_cache_options": ({},),
    "store": (False,),
    "service_tier": ("auto", "default"),
    "verbosity": ("medium",),
}
"""Values that change nothing here, so they are not reported as dropped."""

REASONING = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

MAX_STOPS = 4
"""OpenAI's bound (https://platform.openai.com/docs/api-reference/chat/create)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAICall(GatewayCall):
    """A chat request. With `include_usage` its stream ends with the usage."""

    include_usage: bool = False


def read_chat(data: dict[str, Any], *, strict: bool = False) -> OpenAICall:
    """Reads a request body; raises ApiError 400 (or 413 for too much text) that names the parameter.

    Unknown fields count as dropped; with `strict` they are refused.
    """
    given = {name: value for name, value in data.items() if value is not None}
    refuse_unserved(given)
    unknown = UnknownFields(
        fault="Unrecognized request argument supplied: {name}", code="unknown_parameter", strict=strict
    )
    unknown.note(given, KNOWN)
    stream = fields.boolean(given, "stream", False)
    return OpenAICall(
        model=fields.required_text(given, "model"),
        request=_request(given, unknown),
        stream=stream,
        include_usage=_include_usage(given, stream, unknown),
        fallbacks=fields.names(given, "fallbacks"),
        static=fields.boolean(given, "static", True),
        language=fields.one_of(given, "language", fields.LANGUAGES),
        tags=fields.metadata_tags(given),
    )


def _request(given: dict[str, Any], unknown: UnknownFields) -> ChatRequest:
    told_as_text: set[str] = set()
    messages = read_messages(given.get("messages"), unknown, told_as_text)
    tools, tool_choice = read_tool_choice(given, read_tools(given.get("tools"), unknown))
    return ChatRequest(
        messages=messages,
        max_tokens=_max_tokens(given),
        temperature=fields.number(given, "temperature", 0, 2),
        top_p=fields.number(given, "top_p", 0, 1),
        stop=_stop(given.get("stop")),
        seed=fields.integer(given, "seed", -(2**63), 2**63 - 1),
        frequency_penalty=fields.number(given, "frequency_penalty", -2, 2),
        presence_penalty=fields.number(given, "presence_penalty", -2, 2),
        reasoning_effort=fields.one_of(given, "reasoning_effort", REASONING),
        user=fields.text(given, "user", 512),
        tools=tools,
        tool_choice=tool_choice,
        output=read_output(given.get("response_format"), unknown),
        unserved=(*_unserved(given), *sorted(told_as_text | unknown.names)),
    )


def _unserved(given: dict[str, Any]) -> tuple[str, ...]:
    """The names of the parameters that are accepted and dropped."""
    fields.read_metadata(given.get("metadata"))
    named = any(item.get("name") for item in given["messages"] if item["role"] != "tool")
    ignored = sorted(name for name in IGNORED & set(given) if given[name] not in DEFAULTS.get(name, ()))
    return (*ignored, *(["messages.name"] if named else []))


def refuse_unserved(given: dict[str, Any]) -> None:
    """Raises ApiError 400 for a feature of OpenAI's that no other vendor has."""
    if given.get("n", 1) != 1 or isinstance(given.get("n"), bool):
        raise fields.bad("n", "Only one choice is served: n must be 1.")
    if given.get("logprobs"):
        raise fields.bad("logprobs", "Log probabilities are not served.", code="unsupported_parameter")
    if given.get("top_logprobs"):
        raise fields.bad("top_logprobs", "Log probabilities are not served.", code="unsupported_parameter")
    if given.get("logit_bias"):
        raise fields.bad("logit_bias", "Logit bias is not served.", code="unsupported_parameter")
    if given.get("modalities", ["text"]) != ["text"]:
        raise fields.bad("modalities", "Only text answers are served.", code="unsupported_parameter")
    for name in REFUSED:
        if name in given:
            hint = " Use tools and tool_choice." if name.startswith("function") else ""
            raise fields.bad(name, f"{name} is not served.{hint}", code="unsupported_parameter")


READ = {
    "model", "messages", "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed",
    "frequency_penalty", "presence_penalty", "reasoning_effort", "user", "tools", "tool_choice", "parallel_tool_calls",
    "response_format", "stream_options", "fallbacks", "static", "language",
}  # fmt: skip
NEUTRAL = {"n", "logprobs", "top_logprobs", "logit_bias", "modalities"}
"""Accepted only with a value that changes nothing; `refuse_unserved` refuses others."""

REFUSED = ("audio", "web_search_options", "functions", "function_call")

KNOWN = READ | NEUTRAL | IGNORED


def _max_tokens(given: dict[str, Any]) -> int | None:
    newer = fields.integer(given, "max_completion_tokens", 1, 10_000_000)
    older = fields.integer(given, "max_tokens", 1, 10_000_000)
    if newer is not None and older is not None and newer != older:
        raise fields.bad("max_tokens", "Give either max_tokens or max_completion_tokens, not two bounds.")
    return newer if newer is not None else older


def _stop(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise fields.bad("stop", "Must be a string or a list of strings, none of them empty.")
    if len(stops) > MAX_STOPS:
        raise fields.bad("stop", f"At most {MAX_STOPS} stop sequences are allowed.")
    return tuple(stops)


def _include_usage(given: dict[str, Any], stream: bool, unknown: UnknownFields) -> bool:
    options = given.get("stream_options", {})
    if not isinstance(options, dict):
        raise fields.bad("stream_options", "Must be an object.")
    if options and not stream:
        raise fields.bad("stream_options", "Only allowed when stream is true.")
    unknown.note(options, ("include_usage", "include_obfuscation"), "stream_options")
    return fields.boolean(options, "include_usage", False, under="stream_options")
