"""What other vendors seal, on OpenAI's messages, so that a client that keeps only the dialogue brings it back.

Claude's thinking stands in `thinking_blocks` beside `content`, in Anthropic's own form, as LiteLLM shows it.
Gemini's signatures stand in `extra_content.google.thought_signature`, on a tool call as at Google's own
OpenAI-compatible endpoint (https://ai.google.dev/gemini-api/docs/thought-signatures), and on the message for its text.
"""

from typing import Any

from llm.api.chat.fields import bad, kind
from llm.core.chat.request import CLAUDE, GEMINI, Thinking, VendorSignature
from llm.core.chat.response import Completion


def message_seals(said: Completion) -> dict[str, Any]:
    """The fields that go with a whole message, or with the last delta of a streamed one."""
    fields: dict[str, Any] = {}
    if blocks := [_block(part) for part in said.thinking if part.kind == CLAUDE]:
        fields["thinking_blocks"] = blocks
    if signatures := [part.signature for part in said.thinking if part.kind == GEMINI]:
        fields |= _google(signatures[-1])
    return fields


def call_seal(vendor_signature: VendorSignature | None) -> dict[str, Any]:
    """The fields that go with a tool call, or with its first delta."""
    return _google(vendor_signature.signature) if vendor_signature and vendor_signature.kind == GEMINI else {}


def _google(signature: str) -> dict[str, Any]:
    return {"extra_content": {"google": {"thought_signature": signature}}}


def _block(part: Thinking) -> dict[str, str]:
    if part.redacted:
        return {"type": "redacted_thinking", "data": part.signature}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def read_thinking(message: dict[str, Any], path: str) -> tuple[Thinking, ...]:
    """The thinking that an assistant's message brings back; raises ApiError 400 for what is no list of blocks.

    Blocks that are unsigned or of another type are passed over: nobody could read them.
    """
    blocks = message.get("thinking_blocks") or []
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise bad(f"{path}.thinking_blocks", f"Must be a list of objects, not {kind(blocks)}.")
    found = [part for block in blocks if (part := _thinking(block)).signature]
    if vendor_signature := read_seal(message):
        found.append(Thinking(kind=GEMINI, signature=vendor_signature.signature))
    return tuple(found)


def _thinking(block: dict[str, Any]) -> Thinking:
    if block.get("type") == "redacted_thinking":
        return Thinking(kind=CLAUDE, signature=_text(block, "data"), redacted=True)
    signature = _text(block, "signature") if block.get("type") == "thinking" else ""
    return Thinking(kind=CLAUDE, text=_text(block, "thinking"), signature=signature)


def read_seal(item: dict[str, Any]) -> VendorSignature | None:
    """Gemini's signature on a message or a tool call, if there is one. `extra_content` of others is passed over."""
    google = _object(_object(item, "extra_content"), "google")
    signature = _text(google, "thought_signature")
    return VendorSignature(kind=GEMINI, signature=signature) if signature else None


def _object(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
