"""What a vendor has refused of requests, as a value that all workers share, and which requests hold it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from llm.core.chat.request import (
    ChatRequest,
    Document,
    Image,
    Output,
    OutputFormat,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

LEARNED_S = 3600.0
"""For how long a refusal is remembered, in seconds: limits change with releases, not with minutes."""
MOST = 32
"""Refusals that are remembered of one provider; the oldest go first."""
ANY = "any"
"""The value of a refusal that concerns every value of its part."""
DIGITS = 16


class Mend(StrEnum):
    """What makes a request acceptable that holds a refused part."""

    NONE = "none"
    """Nothing does: the provider is passed over while others can answer."""
    DROP = "drop"
    """The part is left out, or sent under its other name."""
    CAP = "cap"
    """A number is lowered to `to`."""
    SET = "set"
    """The parameter is given the value `to`."""
    IN_WORDS = "in_words"
    """The form of the answer is asked for in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One part of requests that a provider's model refused.

    `part` is a parameter's path in the wire body, such as `output_config.effort`, or a name in PARTS. `value` is a
    digest of the refused value; ANY for every value, and for parameters. `least`: the measure from which a request is
    refused (tokens, characters). `beside`: only where the body has this field too. `words` are the vendor's, cut.
    `account` and `until` are set by the gateway when it learns the refusal.
    """

    part: str
    mend: Mend = Mend.NONE
    value: str = ANY
    to: str | int | None = None
    least: int | None = None
    beside: str = ""
    words: str = ""
    account: str = ""
    until: datetime | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """Two refusals of one identity say the same: the later one counts."""
        return (self.account, self.part, self.mend, self.value, self.beside)


def digest(value: object) -> str:
    """A short name of a value, the same in every process."""
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:DIGITS]


def output_digest(output: Output) -> str:
    return digest((output.format, output.schema, output.strict))


def learned(
    known: tuple[Refused, ...], new: Iterable[Refused], *, account: str, now: datetime, until: datetime
) -> tuple[Refused, ...]:
    """The refusals that are remembered after `new` ones; those that are over are forgotten."""
    fresh = {old.identity: old for old in known if old.until is not None and old.until > now}
    for refused in new:
        kept = replace(refused, account=account, until=until)
        fresh.pop(kept.identity, None)
        fresh[kept.identity] = kept
    return tuple(fresh.values())[-MOST:]


def still_refused(known: Iterable[Refused], account: str, now: datetime) -> tuple[Refused, ...]:
    """The refusals that still count for this account."""
    return tuple(one for one in known if one.account == account and one.until is not None and one.until > now)


def images(request: ChatRequest) -> tuple[Image, ...]:
    return tuple(part for message in request.messages for part in message.parts if isinstance(part, Image))


def documents(request: ChatRequest) -> tuple[Document, ...]:
    return tuple(part for message in request.messages for part in message.parts if isinstance(part, Document))


def links(request: ChatRequest) -> tuple[str, ...]:
    """The addresses of images and documents that the vendor is to fetch."""
    parts = (part for message in request.messages for part in message.parts)
    return tuple(part.url for part in parts if isinstance(part, Image | Document) and part.url)


def scheme(link: str) -> str:
    """`https` or `http`."""
    return link.partition(":")[0].lower()


def size(request: ChatRequest) -> int:
    """About how many characters the request has on the wire."""
    said = sum(_size(part) for message in request.messages for part in message.parts)
    return said + sum(len(tool.parameters) + len(tool.description) for tool in request.tools)


def _size(part: object) -> int:
    match part:
        case Text(text=text) | Thinking(text=text) | ToolCall(arguments=text) | ToolResult(content=text):
            return len(text)
        case Image(data=str(data)) | Document(data=str(data)):
            return len(data)
    return 0


def _whole(value: object) -> frozenset[str]:
    """The values by which a part may have been refused: every one, or just this one."""
    return frozenset({ANY, digest(value)}) if value else frozenset()


OPTIONS = (
    "temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "reasoning_effort", "user",
    "max_tokens",
)  # fmt: skip

PARTS: dict[str, Callable[[ChatRequest], frozenset[str]]] = {
    "tools": lambda request: _whole(request.tools),
    "tool_choice": lambda request: _whole(request.tools and (request.tool_choice.mode, request.tool_choice.name)),
    "output": lambda request: (
        frozenset()
        if request.output.format is OutputFormat.TEXT
        else frozenset({ANY, str(request.output.format), output_digest(request.output)})
    ),
    "images": lambda request: _whole(images(request)),
    "documents": lambda request: _whole(documents(request)),
    "links": lambda request: frozenset(value for link in links(request) for value in (ANY, scheme(link), digest(link))),
    "thinking": lambda request: frozenset(
        digest(part.signature)
        for message in request.messages
        for part in message.parts
        if isinstance(part, Thinking) and part.signature
    ),
    **{name: lambda request, name=name: _whole(getattr(request, name)) for name in OPTIONS},  # type: ignore[misc]
}
"""A part of a request -> the values by which a refusal of it may be remembered; none when the request lacks it."""

SIZE = "size"
INPUT_TOKENS = "input_tokens"


def holds(request: ChatRequest, refused: Refused, *, input_tokens: int) -> bool:
    """Whether the request has what was refused. `input_tokens` is the gateway's estimate."""
    if refused.least is not None:
        measure = input_tokens if refused.part == INPUT_TOKENS else size(request)
        return measure >= refused.least
    values = PARTS.get(refused.part)
    return values is not None and refused.value in values(request)
