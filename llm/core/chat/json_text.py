"""JSON as text: how deeply it nests, and the arguments of a tool call as a model wrote them."""

import json
import re
from math import isfinite
from typing import Any

from llm.core.chat.well_formed import well_formed_json

DEEPEST = 100
"""Levels of a tool call's arguments that every vendor takes."""

_TOKENS = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|[{}\[\]]', re.DOTALL)


def deep_field(written: str, levels: int) -> str | None:
    """The field of the top level that nests deeper than `levels`; None when none does.

    It is "" where the text is no object. `written` need not be JSON.
    """
    if written.count("{") + written.count("[") <= levels:
        return None
    depth, field = 0, ""
    for token in _TOKENS.finditer(written):
        match token[0][0]:
            case '"':
                field = token[1] if depth == 1 else field
            case "{" | "[":
                depth += 1
                if depth > levels:
                    return field
            case _:
                depth -= 1
    return None


def is_deep(written: str) -> bool:
    """Whether JSON text nests deeper than `DEEPEST`: some builders and vendors break on it."""
    return deep_field(written, DEEPEST) is not None


def arguments_text(written: str) -> str:
    """A tool call's arguments from a history as strict JSON text of an object, which is what vendors demand.

    NaN and what else JSON lacks become null. Text that is no object stands under "value", so nothing is lost.
    """
    if not written.strip():
        return "{}"
    written = well_formed_json(written)
    repaired = False

    def null(_: str) -> Any:
        nonlocal repaired
        repaired = True

    def finite(text: str) -> Any:
        return number if isfinite(number := float(text)) else null(text)

    try:
        value: Any = None if is_deep(written) else json.loads(written, parse_constant=null, parse_float=finite)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return json.dumps({"value": written})
    return json.dumps(value, ensure_ascii=False) if repaired else written
