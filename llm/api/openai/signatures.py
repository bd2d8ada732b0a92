"""Carries other vendors' signatures on OpenAI's messages, so that clients return them with the dialogue.

Claude's thinking stands in `thinking_blocks` beside `content`, in Anthropic's own form, as LiteLLM shows it.
Gemini's signatures stand in `extra_content.google.thought_signature`, on a tool call as at Google's own
OpenAI-compatible endpoint (https://ai.google.dev/gemini-api/docs/thought-signatures), and on the message for its text.
Reasoning that a compatible vendor tells and wants back stands in `reasoning_content`, as at DeepSeek
(https://api-docs.deepseek.com/guides/thinking_mode).
"""

from typing import Any

from llm.api.chat.fields import bad, kind
from llm.core.chat.request import CLAUDE, GEMINI, OPENAI, REASONING_CONTENT, Thinking, VendorSignature
from llm.core.chat.response import Completion


def message_signatures(completion: Completion) -> dict[str, Any]:
    """The signature fields of a whole message, or of the last delta of a streamed one."""
    fields: dict[str, Any] = {}
    if blocks := [_block(part) for part in completion.thinking if part.kind == CLAUDE]:
        fields["thinking_blocks"] = blocks
    if signatures := [part.signature for part in completion.thinking if part.kind == GEMINI]:
        fields |= _google(signatures[-1])
    if reasoning := "".join(part.text for part in completion.thinking if part.kind == OPENAI):
        fields[REASONING_CONTENT] = reasoning
    return fields


def call_signature(vendor_signature: VendorSignature | None) -> dict[str, Any]:
    """The signature fields of a tool call, or of its first delta."""
    return _google(vendor_signature.signature) if vendor_signature and vendor_signature.kind == GEMINI else {}


def _google(signature: str) -> dict[str, Any]:
    return {"extra_content": {"google": {"thought_signature": signature}}}


def _block(part: Thinking) -> dict[str, str]:
    if part.redacted:
        return {"type": "redacted_thinking", "data": part.signature}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def read_thinking(message: dict[str, Any], path: str) -> tuple[Thinking, ...]:
    """The thinking in an assistant's message. Raises ApiError 400 unless the field is a list of objects.

    Skips blocks that are unsigned or of another type: no vendor accepts them.
    """
    blocks = message.get("thinking_blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise bad(f"{path}.thinking_blocks", f"Must be a list of objects, not {kind(blocks)}.")
    thinking = [part for block in blocks if (part := _thinking(block)).signature]
    if vendor_signature := read_signature(message):
        thinking.append(Thinking(kind=GEMINI, signature=vendor_signature.signature))
    if reasoning := _text(message, REASONING_CONTENT):
        thinking.append(Thinking(kind=OPENAI, text=reasoning, signature=REASONING_CONTENT))
    return tuple(thinking)


def _thinking(block: dict[str, Any]) -> Thinking:
    if block.get("type") == "redacted_thinking":
        return Thinking(kind=CLAUDE, signature=_text(block, "data"), redacted=True)
    signature = _text(block, "signature") if block.get("type") == "thinking" else ""
    return Thinking(kind=CLAUDE, text=_text(block, "thinking"), signature=signature)


def read_signature(item: dict[str, Any]) -> VendorSignature | None:
    """Gemini's signature on a message or a tool call, or None. Ignores other `extra_content`."""
    google = _object(_object(item, "extra_content"), "google")
    signature = _text(google, "thought_signature")
    return VendorSignature(kind=GEMINI, signature=signature) if signature else None


def _object(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
