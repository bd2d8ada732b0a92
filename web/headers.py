"""Response headers that name the provider of an answer. Idempotency reads DEGRADED."""

from llm.core.calls import Answer, Started

DEGRADED = "X-LLM-Degraded"


def answered_by(provider: str, *, degraded: bool) -> dict[str, str]:
    """The headers common to all answers. `provider` is "static" when `degraded`."""
    return {"X-LLM-Provider": provider, DEGRADED: str(degraded).lower()}


def started_headers(started: Started) -> dict[str, str]:
    """The headers of a stream, known at its first event."""
    return {**answered_by(started.provider, degraded=started.degraded), "X-LLM-Attempts": str(started.attempts)}


def answer_headers(answer: Answer) -> dict[str, str]:
    """The headers of a whole answer. X-LLM-Dropped lists the parameters that the provider did not get."""
    headers = answered_by(answer.provider, degraded=answer.degraded)
    headers["X-LLM-Attempts"] = str(len(answer.trail.attempts))
    if answer.completion.dropped:
        headers["X-LLM-Dropped"] = ",".join(answer.completion.dropped)
    return headers
