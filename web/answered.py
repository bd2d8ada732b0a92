"""The headers that say who answered, for clients that look and for whoever keeps answers."""

DEGRADED = "X-LLM-Degraded"


def answered_by(provider: str, *, degraded: bool) -> dict[str, str]:
    """`provider` is "static" when `degraded`."""
    return {"X-LLM-Provider": provider, DEGRADED: str(degraded).lower()}
