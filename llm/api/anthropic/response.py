"""Writes answers as Anthropic's messages."""

import json
from typing import Any

from llm.api.anthropic.thinking import block, signature_block
from llm.core.calls import Answer
from llm.core.chat.request import CLAUDE, Thinking, VendorSignature
from llm.core.chat.response import Completion, Finish, Usage

STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}
"""A stop sequence counts as the turn's end where its vendor does not report which one ended the answer."""

DIRECT = {"type": "direct"}
"""The caller of a tool call: the model itself, and no other tool of Anthropic's."""


def message(answer: Answer, *, thinks: bool = False) -> dict[str, Any]:
    """A `message` object. `model` is the one that answered."""
    completion = answer.completion
    return {
        **shell(answer.call.id, completion.model),
        "content": content(completion, thinks=thinks),
        **stopped(completion),
        "usage": usage(completion.usage),
    }


def shell(call_id: str, model: str) -> dict[str, Any]:
    """A message without content, as a stream begins with it."""
    return {
        "id": f"msg_{call_id}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "diagnostics": None,
        "usage": usage(Usage()),
    }


def content(completion: Completion, *, thinks: bool) -> list[dict[str, Any]]:
    """The blocks of an answer: its reasoning, its text, its tool calls."""
    blocks = [block(thought) for thought in shown(completion.thinking, thinks=thinks)]
    if text := completion.text or completion.refusal:
        blocks.append({"type": "text", "text": text, "citations": None})
    for call in completion.tool_calls:
        if call.vendor_signature is not None and is_shown(call.vendor_signature, thinks=thinks):
            blocks.append(signature_block(call.id, call.vendor_signature))
        blocks.append(tool_use(call.id, call.name, _input(call.arguments)))
    return blocks


def tool_use(call_id: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The block of a tool call."""
    return {"type": "tool_use", "id": call_id, "caller": DIRECT, "name": name, "input": given}


def shown(thoughts: tuple[Thinking, ...], *, thinks: bool) -> list[Thinking]:
    """The thinking that the caller gets."""
    return [thought for thought in thoughts if is_shown(thought, thinks=thinks)]


def is_shown(thought: Thinking | VendorSignature, *, thinks: bool) -> bool:
    """Whether the caller gets this thinking: Claude's always, as at Anthropic, others' if it asked for thinking."""
    return thinks or thought.kind == CLAUDE


def _input(arguments: str) -> dict[str, Any]:
    """The arguments as the object that Anthropic demands. Anything else stands in it as `value`."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return {"value": arguments}
    return value if isinstance(value, dict) else {"value": value}


def stopped(completion: Completion) -> dict[str, Any]:
    """The stop fields. Any vendor's refusal has the form of Claude's."""
    reason, sequence = STOP_REASONS[completion.finish], None
    if completion.refusal:
        reason = "refusal"
    elif completion.finish is Finish.STOP and completion.stop_sequence:
        reason, sequence = "stop_sequence", completion.stop_sequence
    refusal = {"type": "refusal", "category": None, "explanation": completion.refusal or None}
    return {"stop_reason": reason, "stop_sequence": sequence, "stop_details": refusal if reason == "refusal" else None}


def usage(tokens: Usage) -> dict[str, Any]:
    """The usage of a message. What the gateway does not know is null."""
    unknown = dict.fromkeys(("cache_creation", "inference_geo", "service_tier", "speed"))
    return {**usage_of_stream(tokens), **unknown}


def usage_of_stream(tokens: Usage) -> dict[str, Any]:
    """The usage at a stream's end, which has fewer fields. Input tokens exclude cache reads and writes."""
    return {
        "input_tokens": max(0, tokens.input - tokens.cached - tokens.cache_written),
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": tokens.cache_written,
        "output_tokens": tokens.output,
        "output_tokens_details": {"thinking_tokens": tokens.reasoning},
        "server_tool_use": None,
    }
