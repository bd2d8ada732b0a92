"""The headers that say who answered, for clients that look and for whoever keeps answers."""

from llm.core.calls import Answer, Started

DEGRADED = "X-LLM-Degraded"


def answered_by(provider: str, *, degraded: bool) -> dict[str, str]:
    """`provider` is "static" when `degraded`."""
    return {"X-LLM-Provider": provider, DEGRADED: str(degraded).lower()}


def opened_headers(opened: Started) -> dict[str, str]:
    """Of a stream: who begins to speak, at which attempt."""
    return {**answered_by(opened.provider, degraded=opened.degraded), "X-LLM-Attempts": str(opened.attempts)}


def answer_headers(answer: Answer) -> dict[str, str]:
    """Of a whole answer: who gave it, at which attempt, and without what."""
    told = answered_by(answer.provider, degraded=answer.degraded)
    told["X-LLM-Attempts"] = str(len(answer.trail.attempts))
    if answer.completion.dropped:
        told["X-LLM-Dropped"] = ",".join(answer.completion.dropped)
    return told
