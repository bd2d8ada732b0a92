"""Parameters that a model has refused: dropped, exchanged, capped or set in the next body.

Knows names and places in the wire body, and no vendor. Only what a vendor's table lists can be mended. A value that is
merely out of range stays the caller's mistake, unless the gateway itself made the value or the refusal names a ceiling.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from llm.adapters.transport.lenient_json import Json
from llm.core.chat.refused import Mend, Refused
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.refused_part import WORDS

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
SET_TO = re.compile(
    r"\b(?:set|use) [`'\"]?(?P<name>\w+)[`'\"]?(?: to |: ?|=)"
    r"(?:[`'\"](?P<value>\w+)[`'\"]|(?P<bare>none|minimal|low)\b)",
    re.I,
)
"""A refusal that says which value would do: "set reasoning_effort to 'none'"."""
CEILING = re.compile(r">|at most|max(?!_)|limit|up to|less than|range|between|exceed|too (?:large|high|big)", re.I)
"""Words of a refusal that names the largest value: "max_tokens: 128000 > 64000, which is the maximum allowed"."""
EXCLUSIVE = re.compile(r"\bexclusive\b|\b(?:less|smaller|lower) than [`'\"]?\d", re.I)
"""Gemini: "supported range is from 1 (inclusive) to 8193 (exclusive)"."""
TOGETHER = re.compile(r"\b(?:both|together|with|simultaneously|combin\w+|alongside|at the same time)\b", re.I)
"""Words of a refusal of two things at once; either alone may be taken."""
TOOLS = re.compile(r"\b(?:tools?|functions?)\b", re.I)
NUMBER = re.compile(r"(?<![\w.-])\d+(?:[,_]\d{3})*(?![.-]?\w)")
"""A whole number that is no part of a model's name."""
SPELLED_OUT = 8
"""Letters from which a name is found also where a sentence spells it in words: "Thinking level is not supported"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalParameter:
    """An optional parameter: its `name` to our callers and its place in the wire body.

    `instead` is the sibling that takes its value when it is refused (None: it is dropped). `translated`: the gateway
    made the value, so that a refusal of the value is no caller's mistake. `is_ceiling`: a smaller value serves too.
    `is_needed`: the vendor takes no request without it. `words` finds it in refusals that do not name it.
    """

    name: str
    path: tuple[str, ...]
    instead: str | None = None
    translated: bool = False
    is_ceiling: bool = False
    is_needed: bool = False
    words: re.Pattern[str] | None = None


class RefusedParameters:
    """The optional parameters of one kind, and what to do about those that a model refuses. Keeps no state.

    A refusal's `part` is the parameter's path in the wire body, joined by dots.
    """

    def __init__(self, parameters: tuple[OptionalParameter, ...]) -> None:
        self._parameters = parameters
        self._by_part = {part_of(parameter): parameter for parameter in parameters}

    def apply(self, body: Json, known: Iterable[Refused]) -> tuple[str, ...]:
        """Makes the fresh `body` one that the model takes, as far as known; the names of what the caller loses."""
        lost = [
            _mended(body, parameter, refused)
            for refused in known
            if (parameter := self._by_part.get(refused.part)) is not None
        ]
        return tuple(dict.fromkeys(name for name in lost if name is not None))

    def learn(self, body: Json, failure: Failure, known: tuple[Refused, ...]) -> Refused | None:
        """What `failure` says about how `body` can be mended; None when it says nothing new."""
        if failure.error_class is not ErrorClass.INVALID_REQUEST:
            return None
        new = self._set(body, failure) or self._cap(body, failure) or self._drop(body, failure, known)
        if new is None or any(new.identity == old.identity and new.to == old.to for old in known):
            return None
        return replace(new, words=failure.message[:WORDS])

    def _set(self, body: Json, failure: Failure) -> Refused | None:
        if (stated := SET_TO.search(failure.message)) is None:
            return None
        name = _plain(stated["name"])
        parameter = next((known for known in self._parameters if _plain(known.path[-1]) == name), None)
        if parameter is None:
            return None
        value = stated["value"] or stated["bare"]
        return Refused(part=part_of(parameter), mend=Mend.SET, to=value, beside="tools" if body.get("tools") else "")

    def _cap(self, body: Json, failure: Failure) -> Refused | None:
        ceilings = tuple(parameter for parameter in self._parameters if parameter.is_ceiling)
        parameter = self._named(_names(failure), body, ceilings)
        if parameter is None or not CEILING.search(failure.message):
            return None
        numbers = [int(re.sub(r"\D", "", number)) for number in NUMBER.findall(failure.message)]
        value = _value(body, parameter.path)
        if not isinstance(value, int):
            return None
        ceiling = max((number for number in numbers if number < value), default=0)
        ceiling -= bool(EXCLUSIVE.search(failure.message))
        return Refused(part=part_of(parameter), mend=Mend.CAP, to=ceiling) if ceiling > 1 else None

    def _drop(self, body: Json, failure: Failure, before: tuple[Refused, ...]) -> Refused | None:
        known = self._parameters
        if failure.vendor_code not in UNSUPPORTED_CODES and OUT_OF_RANGE.search(failure.message):
            known = tuple(parameter for parameter in known if parameter.translated)
        together = TOGETHER.search(failure.message) is not None
        first_named = [] if together else [failure.parameter or ""]  # of two, the table says which is the lesser
        parameter = (
            self._named(first_named, body, known)
            or self._named(_names(failure), body, known)
            or next((one for one in known if _speaks_of(failure, one) and _holds(body, one.path)), None)
        )
        if parameter is None or parameter.is_needed:
            return None
        if any(old.mend is Mend.SET and old.part == part_of(parameter) for old in before):
            return None  # the value that the vendor asked for is refused as well
        refused = [old.part.rpartition(".")[2] for old in before if old.mend is Mend.DROP]
        if parameter.instead in refused:
            return None  # both names of one thing are refused: renaming again would go round in circles
        beside = self._beside(parameter, body, failure) if together else ""
        return Refused(part=part_of(parameter), mend=Mend.DROP, beside=beside)

    def _beside(self, parameter: OptionalParameter, body: Json, failure: Failure) -> str:
        """The other field of the body that the refusal names, next to which the parameter is refused."""
        others = tuple(one for one in self._parameters if one.path[0] != parameter.path[0])
        other = self._named(_names(failure), body, others)
        if other is not None:
            return other.path[0]
        return "tools" if body.get("tools") and TOOLS.search(failure.message) else ""

    def _named(self, names: list[str], body: Json, known: tuple[OptionalParameter, ...]) -> OptionalParameter | None:
        named = {_plain(name) for name in names}
        for parameter in known:
            own = {_plain(parameter.name), _plain(parameter.path[-1])}
            if parameter.is_ceiling and parameter.instead:
                own.add(_plain(parameter.instead))  # vendors name the old one in refusals of the new
            spelled = {name for name in own if len(name) >= SPELLED_OUT and any(name in word for word in named)}
            if (own & named or spelled) and _holds(body, parameter.path):
                return parameter
        return None


def part_of(parameter: OptionalParameter) -> str:
    """The parameter's name in what is learned."""
    return ".".join(parameter.path)


def _mended(body: Json, parameter: OptionalParameter, refused: Refused) -> str | None:
    """Changes the body; the name of what the caller loses by it, if anything."""
    if refused.beside and not body.get(refused.beside):
        return None
    parent, name = _parent(body, parameter.path), parameter.path[-1]
    match refused.mend:
        case Mend.DROP if parent is not None and name in parent:
            value = parent.pop(name)
            if parameter.instead:
                parent[parameter.instead] = value
                return None
            _prune(body, parameter.path[:-1])
            return parameter.name
        case Mend.CAP if parent is not None and isinstance(value := parent.get(name), int):
            parent[name] = min(value, int(refused.to or value))
        case Mend.SET if parent is not None:
            before, parent[name] = parent.get(name), refused.to
            return parameter.name if before not in (None, refused.to) else None
    return None


def _names(failure: Failure) -> list[str]:
    """What the refusal may call a parameter: quoted, leading and spoken words, and each sentence as one word."""
    message = failure.message
    words = [word for pattern in (QUOTED, LEADING, SPOKEN) for word in pattern.findall(message)]
    sentences = [re.sub(r"[^A-Za-z]", "", sentence) for sentence in re.split(r"[.:] ", message)]
    return [*words, *sentences]


def _speaks_of(failure: Failure, parameter: OptionalParameter) -> bool:
    return parameter.words is not None and parameter.words.search(failure.message) is not None


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


def _value(body: Json, path: tuple[str, ...]) -> Any:
    parent = _parent(body, path)
    return None if parent is None else parent.get(path[-1])


def _holds(body: Json, path: tuple[str, ...]) -> bool:
    parent = _parent(body, path)
    return parent is not None and path[-1] in parent


def _prune(body: Json, path: tuple[str, ...]) -> None:
    """Removes the objects on `path` that became empty."""
    if path and (parent := _parent(body, path)) is not None and parent.get(path[-1]) == {}:
        del parent[path[-1]]
        _prune(body, path[:-1])
