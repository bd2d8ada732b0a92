"""What can go wrong with a vendor, and the one table that says what follows from it.

Nothing else in the code knows these facts: the router, the circuit and the planner look them up here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from llm.core.chat.response import Refusal, Usage


class ErrorClass(StrEnum):
    """The kinds of failure, as the corpus of vendors' answers labels them."""

    CREDIT_EXHAUSTED = "credit_exhausted"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    BAD_RESPONSE = "bad_response"
    AUTH = "auth"
    PERMISSION = "permission"
    MODEL_NOT_FOUND = "model_not_found"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTERED = "content_filtered"
    INVALID_REQUEST = "invalid_request"
    INTERNAL = "internal"
    """Our builder or an SDK failed before a byte was sent."""
    UNKNOWN = "unknown"


MEANINGS: dict[ErrorClass, str] = {
    ErrorClass.CREDIT_EXHAUSTED: "no credit or quota left",
    ErrorClass.RATE_LIMITED: "rate limited by the vendor",
    ErrorClass.OVERLOADED: "the vendor is overloaded",
    ErrorClass.SERVER_ERROR: "the vendor has a fault",
    ErrorClass.CONNECTION: "the vendor cannot be reached",
    ErrorClass.TIMEOUT: "the vendor does not answer in time",
    ErrorClass.BAD_RESPONSE: "the vendor's answers are of no use",
    ErrorClass.AUTH: "the key is refused",
    ErrorClass.PERMISSION: "the key may not use this model",
    ErrorClass.MODEL_NOT_FOUND: "the vendor does not know this model",
    ErrorClass.CONTEXT_LENGTH: "the request is too long for this model",
    ErrorClass.CONTENT_FILTERED: "refused by the vendor's content filter",
    ErrorClass.INVALID_REQUEST: "the vendor calls the request invalid",
    ErrorClass.INTERNAL: "the request could not be built for this vendor",
    ErrorClass.UNKNOWN: "an unknown failure",
}
"""In a few words for people, in records and on status pages."""


class CircuitEffect(StrEnum):
    """What one attempt says about the health of its provider."""

    GOOD = "good"
    FAULT = "fault"
    SOFT_FAULT = "soft_fault"
    """Counts by rate only, never by the row."""
    THROTTLE = "throttle"
    """Not asked again until the vendor's own time."""
    BLOCK = "block"
    """Open at once: waiting seconds does not help."""
    NEUTRAL = "neutral"


class FallbackRule(StrEnum):
    """Whether the next provider is asked."""

    YES = "yes"
    LARGER = "larger"
    """Only one with a larger context window."""
    ROUTE = "route"
    """The route decides (`on_refusal`)."""
    ONE_MORE = "one_more"
    """One more: a refusal is one vendor's opinion until a second vendor agrees."""


class RetryRule(StrEnum):
    """Whether the same provider may be asked once more for the same call."""

    NEVER = "never"
    ONCE = "once"
    AFTER_WAIT = "after_wait"
    """When the vendor's wait is at most the route's `max_wait_s` and fits the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    verdict: CircuitEffect
    onward: FallbackRule
    again: RetryRule


def _policy(verdict: CircuitEffect, onward: FallbackRule, again: RetryRule) -> Policy:
    return Policy(verdict=verdict, onward=onward, again=again)


POLICIES: dict[ErrorClass, Policy] = {
    ErrorClass.CREDIT_EXHAUSTED: _policy(CircuitEffect.BLOCK, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.RATE_LIMITED: _policy(CircuitEffect.THROTTLE, FallbackRule.YES, RetryRule.AFTER_WAIT),
    ErrorClass.OVERLOADED: _policy(CircuitEffect.FAULT, FallbackRule.YES, RetryRule.ONCE),
    ErrorClass.SERVER_ERROR: _policy(CircuitEffect.FAULT, FallbackRule.YES, RetryRule.ONCE),
    ErrorClass.CONNECTION: _policy(CircuitEffect.FAULT, FallbackRule.YES, RetryRule.ONCE),
    ErrorClass.TIMEOUT: _policy(CircuitEffect.FAULT, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.BAD_RESPONSE: _policy(CircuitEffect.SOFT_FAULT, FallbackRule.YES, RetryRule.ONCE),
    ErrorClass.AUTH: _policy(CircuitEffect.BLOCK, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.PERMISSION: _policy(CircuitEffect.BLOCK, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.MODEL_NOT_FOUND: _policy(CircuitEffect.BLOCK, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.CONTEXT_LENGTH: _policy(CircuitEffect.NEUTRAL, FallbackRule.LARGER, RetryRule.NEVER),
    ErrorClass.CONTENT_FILTERED: _policy(CircuitEffect.NEUTRAL, FallbackRule.ROUTE, RetryRule.NEVER),
    ErrorClass.INVALID_REQUEST: _policy(CircuitEffect.NEUTRAL, FallbackRule.ONE_MORE, RetryRule.NEVER),
    ErrorClass.INTERNAL: _policy(CircuitEffect.NEUTRAL, FallbackRule.YES, RetryRule.NEVER),
    ErrorClass.UNKNOWN: _policy(CircuitEffect.FAULT, FallbackRule.YES, RetryRule.NEVER),
}
"""The failure policy, a row a class. `INVALID_REQUEST` is asked again only by the adapter, once,
without the optional parameter that the model refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong in one attempt.

    `message` is the vendor's, cut and free of secrets. `retry_after_s` counts from the moment of
    the answer; `until` is a date that the vendor gave for the end of a credit or quota block (UTC).
    `context_window` is the size in tokens that the vendor stated when it called the request too long.
    `parameter` is the optional request parameter that was refused, when the vendor names it.
    `refusal` is set when the model itself declined: to callers that is an answer. `misshapen` says that
    a whole answer lacks the form that was asked for; as that depends on the caller's schema, it says
    nothing of the vendor's health, and there is nothing to be continued. `usage` is what it cost.
    `used_up`: the bound on tokens was spent before the first word, by a vendor that is well.
    """

    error_class: ErrorClass
    message: str = ""
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None
    retry_after_s: float | None = None
    until: datetime | None = None
    parameter: str | None = None
    context_window: int | None = None
    refusal: Refusal | None = None
    misshapen: bool = False
    used_up: bool = False
    usage: Usage = Usage()

    @property
    def policy(self) -> Policy:
        policy = POLICIES[self.error_class]
        return replace(policy, verdict=CircuitEffect.NEUTRAL) if self.misshapen else policy


class ProviderError(Exception):
    """What an adapter raises, and the only thing: it never leaves the gateway."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.error_class}: {failure.message}")
        self.failure = failure
