"""Parses a request's JSON strictly (RFC 8259): what no vendor can be sent is a 400 that names its place."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from web.bodies.structure import DEEPEST, MAX_VALUES, excess_of
from web.errors import ApiError

MAX_DIGITS = 300
"""Digits of an integer. A double, which most readers of JSON use, holds no longer ones."""
HALF = re.compile(r"\\u[dD][89a-fA-F]")
ALONE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
"""An escaped half of a surrogate pair without its other half. Escaped backslashes must be out of the way."""
SURROGATE = re.compile("[\ud800-\udfff]")
LARGE = 2.0**63
"""orjson reads an integer over 64 bits as a float of at least this size."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Unwritable:
    """Stands for a number that JSON does not have, or that no reader holds."""

    fault: str


class _Found(Exception):
    """The body holds such a number."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises ApiError 400; its `param` is the place of a value that cannot be sent.

    orjson reads what it reads as `json` does. `json` reads the rest and finds the fault.
    """
    value = _by_orjson(body)
    return value if isinstance(value, dict) else _by_json(body)


def _by_orjson(body: bytes) -> Any:
    """The value; None where orjson refuses the body, or would read another value than `json`."""
    marks = body.count(b"{") + body.count(b"[") + body.count(b",")
    if marks > MAX_VALUES and excess_of(body) is not None:
        return None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if _is_plain(value) else None


def _is_plain(value: Any) -> bool:
    """Whether the value nests at most `DEEPEST` levels and holds no number that may have been a long integer."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        deeper: list[Any] = []
        for holder in level:
            for item in holder.values() if type(holder) is dict else holder:
                kind = type(item)
                if kind is dict or kind is list:
                    deeper.append(item)
                elif kind is float and not -LARGE < item < LARGE:
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _by_json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
        if (excess := excess_of(body)) is not None:
            deep = f"This is nested too deeply: more than {DEEPEST} levels."
            many = f"This holds too many values: more than {MAX_VALUES:,}."
            raise _error((excess.field,), deep if excess.is_deep else many)
        value = json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=_integer)
        if HALF.search(text) and ALONE.search(text.replace(r"\\", "  ")):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise ApiError(400, "invalid_json", "The body is not valid UTF-8.") from None
    except (UnicodeEncodeError, _Found):
        raise _named(text) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiError(400, "invalid_json", f"The body is not valid JSON: {error.msg} at {where}.") from None
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    return value


def _refuse(_: str) -> Any:
    raise _Found


def _float(written: str) -> float:
    number = float(written)
    if not isfinite(number):
        raise _Found
    return number


def _integer(written: str) -> int:
    if len(written) > MAX_DIGITS:
        raise _Found
    return int(written)


def _named(text: str) -> ApiError:
    """The error for the first value that cannot be sent. Reads the text once more, which only a fault pays for."""
    value = json.loads(
        text,
        parse_constant=lambda name: _Unwritable(f"{name} is no JSON number."),
        parse_float=lambda written: _finite(float(written)),
        parse_int=lambda written: 0 if len(written) <= MAX_DIGITS else _Unwritable("This number has too many digits."),
    )
    place, fault = next(_faults(value))
    return _error(place, fault)


def _finite(number: float) -> float | _Unwritable:
    return number if isfinite(number) else _Unwritable("This number is too large: it reads as infinite.")


def _faults(value: Any) -> Iterator[tuple[Place, str]]:
    """Each value that cannot be sent, with its place, in the order of the text."""
    ahead: list[tuple[Place, Any]] = [((), value)]
    while ahead:
        place, value = ahead.pop()
        if isinstance(value, _Unwritable):
            yield place, value.fault
        elif isinstance(value, str) and SURROGATE.search(value):
            yield place, "This text holds half of a surrogate pair."
        elif isinstance(value, list):
            ahead += [((*place, index), item) for index, item in reversed(list(enumerate(value)))]
        elif isinstance(value, dict):
            if any(SURROGATE.search(name) for name in value):
                yield place, "The name of a field holds half of a surrogate pair."
            ahead += [((*place, name), item) for name, item in reversed(value.items())]


def _error(place: Place, fault: str) -> ApiError:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    path = path.encode("utf-8", "replace").decode()[:200]
    return ApiError(400, "invalid_json", f"{path}: {fault}" if path else fault, param=path or None)
