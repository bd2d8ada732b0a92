"""In what a vendor that speaks OpenAI's protocol differs from OpenAI. Plain values: the adapter acts by them."""

from dataclasses import dataclass
from enum import StrEnum


class LimitField(StrEnum):
    """The body's field that bounds the answer's tokens."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"


class ListShape(StrEnum):
    """The shape of a vendor's list of models."""

    DATA = "data"
    """`{"data": [{"id": ...}]}`, or the list alone."""
    MODELS = "models"
    """Cohere's `{"models": [{"name": ...}]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelList:
    """Where the list of models is. `path` stands in place of `above`, the end of the base URL.

    The host stays that of the base URL: the key goes nowhere else.
    """

    path: str = "/models"
    above: str = ""
    shape: ListShape = ListShape.DATA

    @property
    def is_usual(self) -> bool:
        return self == USUAL_LIST

    def url(self, base_url: str) -> str:
        return f"{base_url.rstrip('/').removesuffix(self.above)}{self.path}"


USUAL_LIST = ModelList()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """A vendor's differences; the defaults are OpenAI's own ways.

    `limit_field`: None leaves it to the model's name. `key_header`: the header of the key, "" for `Authorization:
    Bearer`. `headers` go out with every request. `unsent`: fields of the body that the vendor refuses. `renamed`: our
    name and the vendor's. `tool_id_length`: ids of tool calls have so many letters and digits; None: OpenAI's rule.
    `reasoning_echo`: the vendor wants `reasoning_content` back in messages with tool calls, and this text where the
    reasoning is not known; None: it wants none, and may refuse it. `models`: None for a vendor without a list.
    """

    limit_field: LimitField | None = None
    key_header: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    unsent: frozenset[str] = frozenset()
    renamed: tuple[tuple[str, str], ...] = ()
    tool_id_length: int | None = None
    reasoning_echo: str | None = None
    models: ModelList | None = USUAL_LIST


NO_QUIRKS = Quirks()
