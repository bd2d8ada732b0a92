"""Reads what vendors say beside their counts of tokens: the object as it came, the tier, uses of tools."""

import re
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from llm.adapters.transport.lenient_json import MAX_COUNT, Json, count, items

REPORTED_BYTES = 2_000
"""The most of a vendor's usage object that is kept."""
SHORT = 64
"""The longest name and string in it that are kept."""
DEPTH = 4
FIELDS = 40
"""The most fields of an object, and items of a list, that are kept."""
WORD = re.compile(r"[a-z0-9_-]{1,16}")
REGION = re.compile(r"[a-z0-9_-]{1,32}")
UNIT = re.compile(r"[a-z0-9_]{1,32}")
UNITS = 8
"""The most kinds of tools that one answer may name."""
DEFAULT_TIERS = frozenset({"default", "standard", "standard_only", "auto", "on_demand", "unspecified"})
"""The vendors' words for no tier in particular."""
NO_REGION = frozenset({"not_available", "unknown"})


def reported(usage: Json) -> str:
    """The vendor's object as JSON with numbers and short strings only; empty when it is too large."""
    if not usage:
        return ""
    written = orjson.dumps(_object(usage, DEPTH))
    return written.decode() if len(written) <= REPORTED_BYTES else ""


def _object(values: Json, depth: int) -> Json:
    kept: Json = {}
    for name, value in islice(values.items(), FIELDS):
        if (found := _kept(value, depth)) is not None and _is_short(name):
            kept[name] = found
    return kept


def _kept(value: Any, depth: int) -> Any:
    """The value as it is kept; None for what is not."""
    kind = type(value)
    if kind is int or kind is float:
        return value if -MAX_COUNT <= value <= MAX_COUNT else None
    if kind is str:
        return value if _is_short(value) else None
    if depth > 1 and value:
        if kind is dict:
            return _object(value, depth - 1)
        if kind is list:
            found = (_kept(one, depth - 1) for one in value[:FIELDS])
            return [one for one in found if one is not None]
    return None


def _is_short(value: str) -> bool:
    return len(value) <= SHORT and value.isascii() and value.isprintable()


def tier(word: str, prefix: str = "") -> str:
    """The tier in the gateway's words: empty for the default and for what is no word. A `prefix` is cut off."""
    return _tier(word, prefix) if word and len(word) <= SHORT else ""


@lru_cache(maxsize=64)
def _tier(word: str, prefix: str) -> str:
    word = word.lower().removeprefix(prefix.lower())
    word = "provisioned" if word == "provisioned_throughput" else word
    return "" if word in DEFAULT_TIERS or not WORD.fullmatch(word) else word


def region(word: str) -> str:
    """The region; empty when the vendor names none."""
    if not word or len(word) > SHORT:
        return ""
    word = word.lower()
    return "" if word in NO_REGION or not REGION.fullmatch(word) else word


def units(source: Json, names: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """Uses of tools by name. `names` are the gateway's for the vendor's; a name that is not among them is kept."""
    if not source:
        return ()
    found = {names.get(name, name): count(source, name) for name in list(source)[: 2 * UNITS]}
    return tuple(sorted((name, uses) for name, uses in found.items() if uses and UNIT.fullmatch(name)))[:UNITS]


def modalities(usage: Json, *keys: str) -> dict[str, int]:
    """The tokens of each modality but text in Gemini's lists of details, in capitals."""
    found: dict[str, int] = {}
    for key in keys:
        for item in items(usage, key)[:FIELDS] if key in usage else ():
            name = item.get("modality")
            if name != "TEXT" and isinstance(name, str):
                found[name] = found.get(name, 0) + count(item, "tokenCount")
    return found
