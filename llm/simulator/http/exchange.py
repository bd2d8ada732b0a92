"""What passes over the wire, without a transport: routes, refusals, answers. Which vendor says it is not
decided here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JSON_TYPE = "application/json"
SSE_TYPE = "text/event-stream; charset=utf-8"

Json = dict[str, Any]


class Vendor(StrEnum):
    """The wire protocols the simulator speaks."""

    CLAUDE = "claude"
    GEMINI = "gemini"
    OPENAI = "openai"


class Operation(StrEnum):
    """What a request wants."""

    PLAIN = "plain"
    STREAM = "stream"
    COUNT = "count"
    MODELS = "models"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRoute:
    """A request's target. `model` is "" when the path does not name one; `as_array` is Gemini's stream
    without SSE."""

    ask: Operation
    model: str = ""
    version: str = "v1"
    as_array: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The marks of one exchange: `serial` counts from 1 in this process, `created` is unix time in
    seconds."""

    serial: int
    created: int

    @property
    def token(self) -> str:
        """20 characters, unique in this process, for ids in the vendors' forms."""
        return f"Sim{self.serial:017d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireError:
    """A vendor's error before it is put into the vendor's envelope.

    `type` is Anthropic's error type, OpenAI's error type or Google's status word; `code` and `param` are
    OpenAI's; `details` are Google's typed details.
    """

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None
    details: tuple[Json, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class InvalidRequest(Exception):
    """The request is refused; `refusal` says how."""

    def __init__(self, refusal: WireError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """A whole HTTP answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAnswer:
    """A streamed answer, framed: `opening` before the first content, `content`, then `closing`.

    `end_mark` is what says that nothing follows (`[DONE]`, `message_stop`, the bracket of an array), if
    anything does.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = SSE_TYPE
    opening: tuple[bytes, ...] = ()
    content: tuple[bytes, ...] = ()
    closing: tuple[bytes, ...] = ()
    end_mark: bytes = b""
