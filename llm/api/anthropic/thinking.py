"""Thinking blocks: carry any vendor's signed thinking to Anthropic's clients and back.

Claude's own blocks pass unchanged. Another vendor's signature goes out in the same shape, marked with the
vendor's kind, so that the next turn returns it to that vendor only.
"""

from typing import Any
from urllib.parse import quote, unquote

from llm.api.chat import fields
from llm.api.chat.fields import bad
from llm.core.chat.request import CLAUDE, Thinking, VendorSignature

MARK = "djb1"
"""The mark and a colon. Claude's signatures are base64, so none begins like this."""

BUDGETS = ((1_024, "low"), (8_192, "medium"))
"""Thinking tokens up to which a budget counts as that effort; above, as high. From Google's table for its
OpenAI-compatible endpoint (https://ai.google.dev/gemini-api/docs/openai)."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
KINDS = ("enabled", "disabled", "adaptive", "between_tools")
LEAST_BUDGET = 1_024
"""Anthropic's bound (https://platform.claude.com/docs/en/build-with-claude/extended-thinking)."""


def read_effort(thinking: dict[str, Any] | None, effort: str | None, max_tokens: int) -> str | None:
    """`thinking` and `output_config.effort` as a reasoning effort; None leaves it to the model."""
    kind = fields.one_of(thinking, "type", KINDS, "thinking") if thinking is not None else None
    if thinking is not None and kind is None:
        raise bad("thinking.type", "Field required")
    if kind == "disabled":
        return "none"
    if kind != "enabled" or thinking is None:
        return effort
    name = "thinking.budget_tokens"
    budget = fields.integer({name: thinking.get("budget_tokens")}, name, LEAST_BUDGET, 10_000_000)
    if budget is None:
        raise bad(name, "Field required")
    if budget >= max_tokens:
        raise bad(name, "Must be less than max_tokens.")
    return effort or next((word for most, word in BUDGETS if budget <= most), "high")


def block(thinking: Thinking) -> dict[str, Any]:
    """The content block of one piece of thinking."""
    if thinking.redacted:
        return {"type": "redacted_thinking", "data": _marked(thinking.kind, thinking.signature)}
    signature = _marked(thinking.kind, thinking.signature)
    return {"type": "thinking", "thinking": thinking.text, "signature": signature}


def signature_block(call_id: str, vendor_signature: VendorSignature) -> dict[str, Any]:
    """The block that carries a vendor's signature of the next tool call."""
    return {
        "type": "thinking",
        "thinking": "",
        "signature": _marked(vendor_signature.kind, vendor_signature.signature, call_id, always=True),
    }


def read_block(item: dict[str, Any], path: str) -> tuple[Thinking, str]:
    """The thinking in a returned block, and the id of the tool call that its signature belongs to, or ""."""
    redacted = item.get("type") == "redacted_thinking"
    name = "data" if redacted else "signature"
    for wanted in (name,) if redacted else (name, "thinking"):
        if not isinstance(item.get(wanted), str):
            raise bad(f"{path}.{wanted}", "Must be a string.")
    kind, call_id, signature = _unmarked(item[name])
    text = "" if redacted else item["thinking"]
    return Thinking(kind=kind, text=text, signature=signature, redacted=redacted), call_id


def _marked(kind: str, signature: str, call_id: str = "", *, always: bool = False) -> str:
    if kind == CLAUDE and not always:
        return signature
    return f"{MARK}:{kind}:{quote(call_id, safe='')}:{signature}"


def _unmarked(written: str) -> tuple[str, str, str]:
    mark, *rest = written.split(":", 3)
    if mark != MARK or len(rest) < 3:
        return CLAUDE, "", written
    kind, call_id, signature = rest
    return kind, unquote(call_id), signature
