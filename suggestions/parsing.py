"""Reads suggestions from a model's answer. Bounded in time; never raises.

In order: the JSON that was asked for, bare or fenced; pieces of JSON in a text around it or in an
answer that was cut off; numbered or dashed lines. Plain prose gives none.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 300
"""Characters of one suggestion."""
_MAX_READ = 20_000
"""Characters that are read: ten suggestions of full length take less than 5,000."""
_MAX_STARTS = 200
"""Brackets at which decoding is tried; bounds the work on a text of brackets."""
_FENCED = re.compile(r"```[a-zA-Z]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MARKED = re.compile(r"^[ \t>]*\**(?:[-*•–—‣·]|\(?\d{1,2}\s?[.):\]–-]+)\**[ \t]+(\S.*)$", re.MULTILINE)
_MARK = re.compile(r"^\s*\**(?:[-•–—‣]|\(?\d{1,2}\s?[.):\]]+)\**\s+")
_QUOTES = ' \t"“”«»*`'
_LISTS = ("suggestions", "items", "results", "options", "data")
_TEXTS = ("text", "suggestion", "content", "title")
_CONFIDENCES = ("confidence", "score", "probability")
_PERCENT = re.compile(r"^\s*(-?\d{1,6}(?:[.,]\d{1,6})?)\s*(%?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`text` has 1 to 300 characters; `confidence` is 0 to 1, None when the model gave none."""

    text: str
    confidence: float | None = None


def parse(text: str, count: int) -> tuple[Suggestion, ...]:
    """At most `count` different suggestions, in the model's order; () when there are none."""
    text = text[:_MAX_READ]
    for suggestions in (_whole(text), _pieces(text), _marked(text)):
        if distinct := _distinct(suggestions, count):
            return distinct
    return ()


def parse_lines(text: str, count: int) -> tuple[Suggestion, ...]:
    """Reads a text with one suggestion a line, such as the static answer."""
    return _distinct((Suggestion(text=line) for line in map(_clean, text.splitlines())), count)


def _whole(text: str) -> Iterator[Suggestion]:
    for source in (text, *_FENCED.findall(text)):
        for variant in (source, _TRAILING_COMMA.sub(r"\1", source)):
            try:
                value = json.loads(variant.strip())
            except (ValueError, RecursionError):
                continue
            yield from _suggestions(value)
            return


def _pieces(text: str) -> Iterator[Suggestion]:
    text = _TRAILING_COMMA.sub(r"\1", text)
    decoder = json.JSONDecoder()
    end = 0
    starts = (match.start() for match in re.finditer(r"[{\[]", text))
    for _, start in zip(range(_MAX_STARTS), starts, strict=False):
        if start < end:
            continue
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        yield from _suggestions(value)


def _marked(text: str) -> Iterator[Suggestion]:
    for match in _MARKED.finditer(text):
        yield Suggestion(text=_clean(match[1]))


def _suggestions(value: Any) -> Iterator[Suggestion]:
    if isinstance(value, list):
        for item in value:
            yield from _one(item)
    elif isinstance(value, dict):
        listed = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        if listed is None:
            yield from _one(value)
        else:
            yield from _suggestions(listed)


def _one(item: Any) -> Iterator[Suggestion]:
    if isinstance(item, str):
        yield Suggestion(text=_clean(item))
    elif isinstance(item, dict):
        text = next((item[name] for name in _TEXTS if isinstance(item.get(name), str)), "")
        given = next((item[name] for name in _CONFIDENCES if name in item), None)
        yield Suggestion(text=_clean(text), confidence=_confidence(given))


def _confidence(given: Any) -> float | None:
    percent = False
    if isinstance(given, str):
        match = _PERCENT.match(given)
        if match is None:
            return None
        given, percent = float(match[1].replace(",", ".")), match[2] == "%"
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    if isinstance(given, float) and not math.isfinite(given):
        return None
    number = float(min(max(given, 0), 100))
    return number / 100 if percent or number > 1 else number


def _clean(text: str) -> str:
    """One line without bullets, quotes and unprintable characters; cut at a word."""
    line = "".join(c if c.isprintable() or c.isspace() else " " for c in text.encode("utf-8", "replace").decode())
    line = " ".join(_MARK.sub("", line).split()).strip(_QUOTES)
    if len(line) <= MAX_LENGTH:
        return line
    head = line[: MAX_LENGTH - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[MAX_LENGTH // 2 :] else head).rstrip(" ,;:") + "…"


def _distinct(suggestions: Iterable[Suggestion], count: int) -> tuple[Suggestion, ...]:
    kept: dict[str, Suggestion] = {}
    for suggestion in suggestions:
        key = "".join(c for c in suggestion.text.casefold() if c.isalnum())
        if key and key not in kept:
            kept[key] = suggestion
        if len(kept) == count:
            break
    return tuple(kept.values())
