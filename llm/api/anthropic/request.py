"""Reads Anthropic's messages request strictly into `ChatRequest`."""

from dataclasses import dataclass
from typing import Any

from llm.api.anthropic.blocks import REQUIRED, UNKNOWN_FIELD, ReadState
from llm.api.anthropic.messages import read_conversation
from llm.api.anthropic.thinking import EFFORTS, read_effort
from llm.api.anthropic.tools import read_output, read_tool_choice, read_tools
from llm.api.chat import fields
from llm.api.chat.fields import bad
from llm.api.chat.gateway import GatewayCall
from llm.api.chat.unknown_fields import UnknownFields
from llm.core.chat.request import ChatRequest, Output

COUNTED = frozenset(
    {"model", "system", "messages", "tools", "tool_choice", "thinking", "output_config", "output_format"}
)
"""Fields that count towards the input's tokens."""
SAMPLED = frozenset({"max_tokens", "stop_sequences", "temperature", "top_p", "top_k", "metadata", "stream"})
OURS = frozenset({"fallbacks", "static", "language"})
HINTS = frozenset(
    {
        "billing_policy", "cache_control", "context_management", "diagnostics", "fallback_credit_token",
        "service_tier", "speed", "top_k", "workspace_id",
    }
)  # fmt: skip
"""Accepted, dropped and reported: price, speed and bookkeeping at Anthropic, and `top_k`, which the other
vendors' chat models do not take."""
DEFAULTS = {"service_tier": ("auto", "standard_only"), "speed": ("standard",)}
"""Values that change nothing here, so they are not reported as dropped."""
UNSERVED = ("compaction", "container", "inference_geo", "mcp_servers", "user_profile_id")
"""Refused: they choose the place of processing, its tools or another kind of answer, which no other vendor could
honour."""

NO_THREADS = "thread_unsupported_request"
"""Anthropic's code for a server without stored conversations. On it its SDK's tool runner sends the whole
conversation instead."""

MAX_STOPS = 64
DISPLAYS = ("summarized", "omitted")
MAX_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnthropicCall(GatewayCall):
    """A messages request. With `thinks` the caller asked for thinking, so it expects such blocks of any vendor."""

    thinks: bool = False


def read_messages_call(data: dict[str, Any], *, strict: bool = False) -> AnthropicCall:
    """Reads a request body; raises ApiError 400 (or 413 for too much text) that names the parameter.

    Unknown fields count as dropped; with `strict` they are refused.
    """
    unknown = UnknownFields(fault=UNKNOWN_FIELD, strict=strict)
    given = _served(data, COUNTED | SAMPLED | OURS | HINTS, unknown)
    max_tokens = fields.integer(given, "max_tokens", 1, MAX_TOKENS)
    if max_tokens is None:
        raise bad("max_tokens", REQUIRED)
    return _read(given, max_tokens, unknown)


def read_count(data: dict[str, Any], *, strict: bool = False) -> AnthropicCall:
    """Reads the body of a token count, which has no `max_tokens`. Raises as `read_messages_call` does."""
    unknown = UnknownFields(fault=UNKNOWN_FIELD, strict=strict)
    return _read(_served(data, COUNTED | HINTS, unknown), MAX_TOKENS, unknown)


def _served(data: dict[str, Any], names: frozenset[str], unknown: UnknownFields) -> dict[str, Any]:
    """The fields that are not null. Raises ApiError 400 for an unserved field."""
    given = {name: value for name, value in data.items() if value is not None}
    for name in UNSERVED:
        if given.pop(name, None):
            raise bad(name, f"{name} is not served here.")
    if given.pop("thread", None):
        raise bad("thread", "Conversations are not kept here: send the whole of it, without thread.", code=NO_THREADS)
    unknown.note(given, names)
    return given


def _read(given: dict[str, Any], max_tokens: int, unknown: UnknownFields) -> AnthropicCall:
    model = fields.required_text(given, "model")
    hints = {name for name in HINTS & set(given) if given[name] not in DEFAULTS.get(name, ())}
    state = ReadState(dropped=hints, unknown=unknown)
    thinking = _object(given, "thinking")
    if thinking is not None:
        unknown.note(thinking, ("type", "budget_tokens", "display"), "thinking")
        if fields.one_of(thinking, "display", DISPLAYS, "thinking") == "omitted":
            state.dropped.add("thinking.display")
    request = _request(given, state, thinking, max_tokens)
    return AnthropicCall(
        model=model,
        request=request,
        stream=fields.boolean(given, "stream", False),
        fallbacks=fields.names(given, "fallbacks"),
        static=fields.boolean(given, "static", True),
        language=fields.one_of(given, "language", fields.LANGUAGES),
        tags=fields.metadata_tags(given),
        thinks=thinking is not None and request.reasoning_effort != "none",
    )


def _request(given: dict[str, Any], state: ReadState, thinking: dict[str, Any] | None, max_tokens: int) -> ChatRequest:
    messages = read_conversation(given, state)
    tools = read_tools(given.get("tools"), state)
    config = _object(given, "output_config") or {}
    state.unknown.note(config, ("effort", "format"), "output_config")
    fields.integer(given, "top_k", 0, MAX_TOKENS)
    return ChatRequest(
        messages=messages,
        max_tokens=max_tokens,
        temperature=fields.number(given, "temperature", 0, 1),
        top_p=fields.number(given, "top_p", 0, 1),
        stop=_stops(given.get("stop_sequences", [])),
        reasoning_effort=read_effort(thinking, fields.one_of(config, "effort", EFFORTS, "output_config"), max_tokens),
        user=_user(given, state.unknown),
        tools=tools,
        tool_choice=read_tool_choice(given.get("tool_choice"), tools, state),
        output=_output(given, config, state),
        unserved=tuple(sorted(state.dropped | state.unknown.names)),
    )


def _object(given: dict[str, Any], name: str) -> dict[str, Any] | None:
    return fields.json_object(given[name], name) if name in given else None


def _stops(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(stop, str) and stop.strip() for stop in value):
        raise bad("stop_sequences", "Must be a list of strings, each with more than white space.")
    if len(value) > MAX_STOPS:
        raise bad("stop_sequences", f"At most {MAX_STOPS} stop sequences are allowed.")
    return tuple(value)


def _user(given: dict[str, Any], unknown: UnknownFields) -> str | None:
    metadata = _object(given, "metadata") or {}
    unknown.note(metadata, ("user_id", "tags"), "metadata")
    return fields.text(metadata, "user_id", 512, "metadata")


def _output(given: dict[str, Any], config: dict[str, Any], state: ReadState) -> Output:
    """The format of the answer. `output_format` is the older field for it."""
    if "output_format" in given and config.get("format") is None:
        return read_output(given["output_format"], "output_format", state)
    return read_output(config.get("format"), "output_config.format", state)
