"""The gateway's answers in Anthropic's shape of a message. Pure."""

import json
from typing import Any

from llm.api.anthropic.thinking import block, seal_block
from llm.core.calls import Answer
from llm.core.chat.request import CLAUDE, Thinking, VendorSignature
from llm.core.chat.response import Completion, Finish, Usage

STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}
"""Which stop sequence ended an answer is nothing that all vendors tell, so it counts as the turn's end."""


def message(answer: Answer, *, thinks: bool = False) -> dict[str, Any]:
    """A `message` object. `model` is the one that answered."""
    said = answer.completion
    return {
        **shell(answer.call.id, said.model),
        "content": content(said, thinks=thinks),
        **stopped(said),
        "usage": usage(said.usage),
    }


def shell(call_id: str, model: str) -> dict[str, Any]:
    """A message that has not begun."""
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
        "usage": usage(Usage()),
    }


def content(said: Completion, *, thinks: bool) -> list[dict[str, Any]]:
    """The blocks of an answer: its reasoning, its text, its tool calls."""
    blocks = [block(thought) for thought in shown(said.thinking, thinks=thinks)]
    if text := said.text or said.refusal:
        blocks.append({"type": "text", "text": text, "citations": None})
    for call in said.tool_calls:
        if call.vendor_signature is not None and is_shown(call.vendor_signature, thinks=thinks):
            blocks.append(seal_block(call.id, call.vendor_signature))
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call.arguments)})
    return blocks


def shown(thoughts: tuple[Thinking, ...], *, thinks: bool) -> list[Thinking]:
    """The reasoning that goes out."""
    return [thought for thought in thoughts if is_shown(thought, thinks=thinks)]


def is_shown(thought: Thinking | VendorSignature, *, thinks: bool) -> bool:
    """Claude's reasoning always, as Anthropic does; that of others only to callers who await such blocks first."""
    return thinks or thought.kind == CLAUDE


def _input(arguments: str) -> dict[str, Any]:
    """The arguments as the object that this shape demands; what the model wrote otherwise is kept as `value`."""
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError):
        return {"value": arguments}
    return found if isinstance(found, dict) else {"value": found}


def stopped(said: Completion) -> dict[str, Any]:
    """Why the answer ended. A model's own no is told as Anthropic tells Claude's, whatever its vendor calls it."""
    reason = "refusal" if said.refusal else STOP_REASONS[said.finish]
    refusal = {"type": "refusal", "category": None, "explanation": said.refusal or None}
    return {"stop_reason": reason, "stop_sequence": None, "stop_details": refusal if reason == "refusal" else None}


def usage(tokens: Usage) -> dict[str, Any]:
    """Anthropic's usage: cache reads and writes stand beside the input tokens, not within."""
    return {
        "input_tokens": max(0, tokens.input - tokens.cached - tokens.cache_written),
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": tokens.cache_written,
        "output_tokens": tokens.output,
        "output_tokens_details": {"thinking_tokens": tokens.reasoning},
    }
