"""Optional parameters that a model has refused: taken out of the next body, and remembered.

Knows names and places in the wire body, not vendors. Only what a vendor's table lists is optional;
a value that is merely out of range stays the caller's mistake.
"""

import re
from dataclasses import dataclass

from llm.adapters.transport.lenient_json import Json
from llm.core.failures.policy import ErrorClass, Failure

UNSUPPORTED_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
OUT_OF_RANGE = re.compile(
    r"greater than|less than|at (most|least)|out of range|too (large|small|high|low|long)|between \S+ and"
    r"|maximum|minimum|must be (an?|one of|in|<|>)|invalid type|expected an? ",
    re.I,
)
"""Words of a complaint about a value. Dropping the parameter would hide the caller's mistake and
remembering it would punish later, valid values."""
QUOTED = re.compile(r"[`'\"\u2018\u201c]([A-Za-z_][\w.]*)[`'\"\u2019\u201d]")
LEADING = re.compile(r"^\s*([A-Za-z_][\w.]*):")
SPOKEN = re.compile(r"\b([a-z]+(?:_[a-z]+)*) (?:parameter|is not supported|is deprecated|does not support)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalParameter:
    """An optional parameter: its `name` to our callers, its place in the wire body, and the name of
    its sibling that takes its value when it is refused (None: it is dropped)."""

    name: str
    path: tuple[str, ...]
    instead: str | None = None


class RefusedParameters:
    """What one model of one account refuses. Lives as long as its adapter."""

    def __init__(self, knobs: tuple[OptionalParameter, ...]) -> None:
        self._knobs = knobs
        self._refused: list[OptionalParameter] = []

    def apply(self, body: Json) -> tuple[str, ...]:
        """Takes what is known to be refused out of the fresh `body`; answers the names of what was lost."""
        lost: list[str] = []
        for knob in self._refused:
            parent = _parent(body, knob.path)
            if parent is None or knob.path[-1] not in parent:
                continue
            value = parent.pop(knob.path[-1])
            if knob.instead:
                parent[knob.instead] = value
            elif knob.name not in lost:
                lost.append(knob.name)
            _prune(body, knob.path[:-1])
        return tuple(lost)

    def learn(self, body: Json, failure: Failure) -> bool:
        """Whether `failure` names an optional parameter of `body`, now remembered: the same call
        without it is worth making."""
        if failure.error_class is not ErrorClass.INVALID_REQUEST:
            return False
        if failure.vendor_code not in UNSUPPORTED_CODES and OUT_OF_RANGE.search(failure.message):
            return False
        knob = self._named([failure.parameter or ""], body) or self._named(_words(failure.message), body)
        if knob is None or any(known.path[-1] == knob.instead for known in self._refused):
            # When both names of one thing are refused, renaming again would go round in circles.
            return False
        self._refused.append(knob)
        return True

    def _named(self, words: list[str], body: Json) -> OptionalParameter | None:
        named = {_plain(word) for word in words}
        for knob in self._knobs:
            if {_plain(knob.name), _plain(knob.path[-1])} & named and _holds(body, knob.path):
                return knob
        return None


def _words(message: str) -> list[str]:
    return [word for pattern in (QUOTED, LEADING, SPOKEN) for word in pattern.findall(message)]


def _plain(word: str) -> str:
    """`generation_config.topP`, `top_p` and `topP` are one name."""
    return word.rsplit(".", 1)[-1].replace("_", "").lower()


def _parent(body: Json, path: tuple[str, ...]) -> Json | None:
    here = body
    for step in path[:-1]:
        inner = here.get(step)
        if not isinstance(inner, dict):
            return None
        here = inner
    return here


def _holds(body: Json, path: tuple[str, ...]) -> bool:
    parent = _parent(body, path)
    return parent is not None and path[-1] in parent


def _prune(body: Json, path: tuple[str, ...]) -> None:
    """Removes the objects on `path` that became empty."""
    if path and (parent := _parent(body, path)) is not None and parent.get(path[-1]) == {}:
        del parent[path[-1]]
        _prune(body, path[:-1])
