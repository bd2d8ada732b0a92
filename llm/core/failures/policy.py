"""The classes of failures, and the table of their consequences for circuit, fallback and retry.

The router, the circuit and the planner look the consequences up in this table.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from llm.core.capacity.readings import Readings
from llm.core.chat.refused import Refused
from llm.core.chat.response import Refusal, Usage


class ErrorClass(StrEnum):
    """The classes of failures. The corpus of vendors' answers has the same labels."""

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
    """The gateway or an SDK failed before it sent a byte."""
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
    ErrorClass.PERMISSION: "the key may not use this model, or the address is not allowed",
    ErrorClass.MODEL_NOT_FOUND: "the vendor does not know this model",
    ErrorClass.CONTEXT_LENGTH: "the request is too long for this model",
    ErrorClass.CONTENT_FILTERED: "refused by the vendor's content filter",
    ErrorClass.INVALID_REQUEST: "the vendor calls the request invalid",
    ErrorClass.INTERNAL: "the request could not be built for this vendor",
    ErrorClass.UNKNOWN: "an unknown failure",
}
"""A short phrase for each class, for records and status pages."""


class CircuitEffect(StrEnum):
    """The effect of one attempt on the circuit of its provider."""

    GOOD = "good"
    FAULT = "fault"
    SOFT_FAULT = "soft_fault"
    """Opens a closed circuit only by the failure rate, never by consecutive failures."""
    THROTTLE = "throttle"
    """Throttles the provider until the vendor's own time."""
    BLOCK = "block"
    """Opens the circuit at once, because a wait of seconds does not help."""
    NEUTRAL = "neutral"


class FallbackRule(StrEnum):
    """Whether the router tries the next provider."""

    YES = "yes"
    LARGER = "larger"
    """Only a provider with a larger context window."""
    ROUTE = "route"
    """The route decides (`on_refusal`)."""
    ONE_MORE = "one_more"
    """One more provider: a second vendor must confirm the rejection."""


class RetryRule(StrEnum):
    """Whether the router may try the same provider again for the same call."""

    NEVER = "never"
    ONCE = "once"
    AFTER_WAIT = "after_wait"
    """When the vendor's wait is at most the route's `max_wait_s` and fits the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    effect: CircuitEffect
    fallback: FallbackRule
    retry: RetryRule


def _policy(effect: CircuitEffect, fallback: FallbackRule, retry: RetryRule) -> Policy:
    return Policy(effect=effect, fallback=fallback, retry=retry)


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
"""The failure policy, one row for each class. After `INVALID_REQUEST` only the adapter retries, once,
without the optional parameter that the model refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The failure of one attempt.

    `message` is the vendor's, cut and masked. `retry_after_s` counts from the time of the answer.
    `until` is the vendor's date for the end of a credit or quota block (UTC). `context_window` is the
    vendor's size in tokens, from an error about a too long request. `parameter` is the refused optional
    parameter, when the vendor names it. `refusal` is set when the model declined; callers receive it as
    an answer. `misshapen`: a complete answer lacks the requested form. That depends on the caller's
    schema, so it leaves the circuit unchanged, and no provider can continue it. `usage` is the attempt's.
    `used_up`: the token limit was spent before the first word; the vendor works. `oversized`: it sent more than an
    answer can be, and would again. `refused`: what the vendor refused before, of a request that was mended.
    `limits`: what the vendor's headers said of its limits. `limit_rpm`: the requests a minute that its sentence named.
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
    oversized: bool = False
    usage: Usage = Usage()
    refused: tuple[Refused, ...] = ()
    limits: Readings | None = None
    limit_rpm: float | None = None

    @property
    def policy(self) -> Policy:
        policy = POLICIES[self.error_class]
        if self.misshapen:
            return replace(policy, effect=CircuitEffect.NEUTRAL)
        return replace(policy, retry=RetryRule.NEVER) if self.oversized else policy


class ProviderError(Exception):
    """The only exception that adapters raise. The gateway handles it, so callers never receive it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.error_class}: {failure.message}")
        self.failure = failure
