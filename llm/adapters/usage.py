"""Reads what vendors say beside their counts of tokens: the object as it came, the tier, uses of tools."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from llm.adapters.transport.lenient_json import MAX_COUNT, Json, count, items, text

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
    written = orjson.dumps(_kept(usage, DEPTH))
    return written.decode() if len(written) <= REPORTED_BYTES else ""


def _kept(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {
            name: _kept(found, depth - 1)
            for name, found in list(value.items())[:FIELDS]
            if _is_short(name) and _is_kept(found, depth)
        }
    if isinstance(value, list):
        return [_kept(found, depth - 1) for found in value[:FIELDS] if _is_kept(found, depth)]
    return value


def _is_kept(value: Any, depth: int) -> bool:
    if isinstance(value, dict | list):
        return depth > 1 and bool(value)
    if isinstance(value, str):
        return _is_short(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_COUNT


def _is_short(value: str) -> bool:
    return len(value) <= SHORT and value.isascii() and value.isprintable()


def tier(word: str, prefix: str = "") -> str:
    """The tier in the gateway's words: empty for the default and for what is no word. A `prefix` is cut off."""
    word = word.lower().removeprefix(prefix.lower())
    word = "provisioned" if word == "provisioned_throughput" else word
    return "" if word in DEFAULT_TIERS or not WORD.fullmatch(word) else word


def region(word: str) -> str:
    """The region; empty when the vendor names none."""
    word = word.lower()
    return "" if word in NO_REGION or not REGION.fullmatch(word) else word


def units(source: Json, names: dict[str, str]) -> tuple[tuple[str, int], ...]:
    """Uses of tools by name. `names` are the gateway's for the vendor's; a name that is not among them is kept."""
    found = ((names.get(name, name), count(source, name)) for name in list(source)[: 2 * UNITS])
    return _unique((name, uses) for name, uses in found if uses and UNIT.fullmatch(name))


def _unique(uses: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(dict(uses).items())[:UNITS])


def modality(usage: Json, keys: Iterable[str], names: frozenset[str]) -> int:
    """The tokens of the modalities `names` in Gemini's lists of details."""
    return sum(count(item, "tokenCount") for item in _details(usage, keys) if text(item, "modality").upper() in names)


def _details(usage: Json, keys: Iterable[str]) -> Iterator[Json]:
    for key in keys:
        yield from items(usage, key)[:FIELDS]
