"""When a caller without an answer may retry: as soon as the first provider may be asked again."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from llm.core.calls import Trail
from llm.core.circuit.state import Circuit, retry_at

LAST_RETRY_AFTER_S = 30.0
"""The wait, in seconds, when no provider has a known end of its outage."""


def retry_after_s(trail: Trail, circuit: Mapping[str, Circuit], now: datetime) -> float:
    """Seconds, at least 1, until the first of the call's providers may be asked again.

    `circuit` is read after the call, so it includes what this call has opened.
    """
    return max(1.0, min((wait for wait in _waits(trail, circuit, now) if wait > 0), default=LAST_RETRY_AFTER_S))


def _waits(trail: Trail, circuit: Mapping[str, Circuit], now: datetime) -> Iterator[float]:
    for skip in trail.skips:
        if skip.until is not None:
            yield (skip.until - now).total_seconds()
    stated = {one.provider: one.failure.retry_after_s for one in trail.attempts if one.failure is not None}
    for provider, wait in stated.items():
        until = retry_at(circuit[provider], now) if provider in circuit else None
        if until is not None:
            yield (until - now).total_seconds()
        elif wait is not None:
            yield wait
