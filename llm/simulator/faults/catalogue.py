"""The faults that can be switched on, as values, and how they are read from outside. How each shows is in
`delivery.py` and the wires."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from llm.simulator.http.exchange import Operation


class FaultName(StrEnum):
    """Every fault. The comment groups say at which point of an exchange it strikes."""

    # the network, before any answer
    SILENCE = "silence"
    RESET = "reset"
    # the vendor's edge, before the key is looked at
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"
    HTML = "html"
    EMPTY_BODY = "empty_body"
    GARBAGE_JSON = "garbage_json"
    REDIRECT = "redirect"
    BODY = "body"
    # the vendor's own refusals
    WRONG_KEY = "wrong_key"
    CREDIT = "credit"
    RATE_LIMITED = "rate_limited"
    PERMISSION = "permission"
    MODEL_NOT_FOUND = "model_not_found"
    CONTEXT_LENGTH = "context_length"
    INVALID_REQUEST = "invalid_request"
    CONTENT_FILTERED = "content_filtered"
    # a good answer, badly delivered
    EMPTY = "empty"
    SLOW = "slow"
    SLOW_FIRST_TOKEN = "slow_first_token"  # noqa: S105 (a token of text)
    DRIP = "drip"
    CUT = "cut"
    STALL = "stall"
    CLEAN_EARLY_END = "clean_early_end"
    NO_DONE = "no_done"
    MALFORMED_CHUNK = "malformed_chunk"
    ERROR_EVENT = "error_event"


ALIASES = {
    "refuse": FaultName.RESET,
    "reset_before_headers": FaultName.RESET,
    "no_credit": FaultName.CREDIT,
    "out_of_credit": FaultName.CREDIT,
    "credit_exhausted": FaultName.CREDIT,
    "auth": FaultName.WRONG_KEY,
}
HEALTHY = ("ok", "none", "heal", "")

ERROR_FAULTS = frozenset(
    {
        FaultName.SERVER_ERROR,
        FaultName.UNAVAILABLE,
        FaultName.OVERLOADED,
        FaultName.WRONG_KEY,
        FaultName.CREDIT,
        FaultName.RATE_LIMITED,
        FaultName.PERMISSION,
        FaultName.MODEL_NOT_FOUND,
        FaultName.CONTEXT_LENGTH,
        FaultName.INVALID_REQUEST,
        FaultName.CONTENT_FILTERED,
    }
)
"""Faults for which each vendor has words of its own."""

VARIANTS: Mapping[FaultName, tuple[str, ...]] = {
    FaultName.CREDIT: ("daily", "spend_limit"),
    FaultName.CONTENT_FILTERED: ("error", "finish", "prompt", "refusal", "partial"),
    FaultName.GARBAGE_JSON: ("truncated", "list"),
    FaultName.CUT: ("reset",),
}
"""Other forms of a fault. A vendor that lacks the form shows its usual one."""

EDGE_FAULTS = frozenset({FaultName.SERVER_ERROR, FaultName.UNAVAILABLE, FaultName.OVERLOADED, FaultName.WRONG_KEY})
"""Error answers given before the request's own key and body are looked at."""

DELAYS = {FaultName.SLOW: 5.0, FaultName.SLOW_FIRST_TOKEN: 5.0, FaultName.DRIP: 0.2}
"""Seconds when none are given: of the wait, and for `drip` of the pause between pieces."""


class FaultScope(StrEnum):
    """Which requests a fault strikes."""

    ALL = "all"
    COMPLETIONS = "completions"
    PLAIN = "plain"
    STREAM = "stream"
    MODELS = "models"

    def covers(self, ask: Operation) -> bool:
        return ask in _COVERED[self]


_COVERED = {
    FaultScope.ALL: frozenset(Operation),
    FaultScope.COMPLETIONS: frozenset({Operation.PLAIN, Operation.STREAM}),
    FaultScope.PLAIN: frozenset({Operation.PLAIN}),
    FaultScope.STREAM: frozenset({Operation.STREAM}),
    FaultScope.MODELS: frozenset({Operation.MODELS}),
}

# The vendors list models for an account with an empty wallet, so faults of wallet, quota and content spare that call.
_COMPLETIONS_ONLY = frozenset(
    {
        FaultName.CREDIT,
        FaultName.RATE_LIMITED,
        FaultName.MODEL_NOT_FOUND,
        FaultName.CONTEXT_LENGTH,
        FaultName.CONTENT_FILTERED,
        FaultName.INVALID_REQUEST,
        FaultName.EMPTY,
        FaultName.SLOW_FIRST_TOKEN,
        FaultName.CUT,
        FaultName.STALL,
        FaultName.CLEAN_EARLY_END,
        FaultName.NO_DONE,
        FaultName.MALFORMED_CHUNK,
        FaultName.ERROR_EVENT,
    }
)


class BadFault(ValueError):
    """The fault asked for does not exist or has a wrong parameter; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault with its parameters.

    `times`: strikes this often, then heals; None for ever. `after`: lets so many matching requests pass
    first. `probability`: of striking, drawn from a generator seeded with `seed`. `applies_to`: None for the
    fault's own scope. `retry_after`, `delay`: seconds. `chunks`, `bytes`: where a stream is cut, stalled or
    broken. `variant`: another form of the same trouble, see `VARIANTS`. `error`: the error of an
    `error_event`. `status`, `headers`, `message`: in place of the error's own; `body`: of a `body` fault, or
    the data of an `error_event`; `url`: where a `redirect` leads.
    """

    name: FaultName
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    applies_to: FaultScope | None = None
    retry_after: float | None = None
    delay: float | None = None
    chunks: int | None = None
    bytes: int | None = None
    variant: str = ""
    error: FaultName = FaultName.OVERLOADED
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    message: str = ""
    url: str = ""

    @property
    def scope(self) -> FaultScope:
        if self.applies_to is not None:
            return self.applies_to
        return FaultScope.COMPLETIONS if self.name in _COMPLETIONS_ONLY else FaultScope.ALL

    @property
    def wait(self) -> float:
        """Seconds of delay, the fault's default when none were given."""
        return DELAYS.get(self.name, 0.0) if self.delay is None else self.delay
