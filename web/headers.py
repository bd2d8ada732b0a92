"""Our own headers: of requests, and of responses, which name the provider of an answer. Idempotency reads DEGRADED."""

from decimal import Decimal

from django.http import HttpRequest

from llm.core.calls import Answer, Started
from llm.core.consumers.tags import BadTags, read_tags
from web.errors import bad_field

COST = "X-LLM-Cost"
DEGRADED = "X-LLM-Degraded"
STRICT = "X-LLM-Strict"
TAGS = "X-LLM-Tags"


def is_strict(request: HttpRequest) -> bool:
    """Whether the caller wants unknown fields refused. Raises ApiError 400 for what is neither true nor false."""
    value = request.META.get("HTTP_X_LLM_STRICT", "false").strip().lower()
    if value not in ("true", "false"):
        raise bad_field(STRICT, "Must be true or false.")
    return value == "true"


def tags_of(request: HttpRequest, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The tags of the request's header, and `more`. Raises ApiError 400 for tags beyond their bounds."""
    header: str = request.META.get("HTTP_X_LLM_TAGS", "")
    if not header:
        return more
    try:
        return read_tags((header, *more))
    except BadTags as error:
        raise bad_field(TAGS, str(error)) from None


def answered_by(provider: str, *, degraded: bool, cost_usd: Decimal | None = None) -> dict[str, str]:
    """The headers common to all answers. `provider` is "static" when `degraded`.

    The cost is in US dollars, as the call's record has it, in plain notation. Absent when it is not wholly known, and
    from streams: their headers go out before it is.
    """
    headers = {"X-LLM-Provider": provider, DEGRADED: str(degraded).lower()}
    if cost_usd is not None:
        headers[COST] = f"{cost_usd:f}"
    return headers


def started_headers(started: Started) -> dict[str, str]:
    """The headers of a stream, known at its first event."""
    return {**answered_by(started.provider, degraded=started.degraded), "X-LLM-Attempts": str(started.attempts)}


def answer_headers(answer: Answer) -> dict[str, str]:
    """The headers of a whole answer. X-LLM-Dropped lists the parameters that the provider did not get."""
    headers = answered_by(answer.provider, degraded=answer.degraded, cost_usd=answer.trail.whole_cost_usd)
    headers["X-LLM-Attempts"] = str(len(answer.trail.attempts))
    if answer.completion.dropped:
        headers["X-LLM-Dropped"] = ",".join(answer.completion.dropped)
    return headers
