"""How much of a call's time is the gateway's own: the rest is the vendor's."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.core.cache import cache

from llm.core.calls import CallStatus, Outcome
from llm.models import Attempt
from llm.stores.usage.rows import TEST_ORIGINS

SAMPLE = 1000
"""Calls that are looked at: the newest answered ones of the period with a single attempt."""
FRESH_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnShare:
    """Milliseconds from the request to the vendor's, and from the vendor's answer to ours; None without calls."""

    calls: int
    p50_ms: float | None
    p95_ms: float | None


def own_share(start: datetime, end: datetime) -> OwnShare:
    """Of the calls with `start` <= begun < `end`; at most FRESH_S old. One query."""
    key = f"llm.own_share.{start.timestamp():.0f}.{end.timestamp() // FRESH_S:.0f}"
    found: OwnShare | None = cache.get(key)
    if found is None:
        found = _read(start, end)
        cache.set(key, found, FRESH_S)
    return found


def _read(start: datetime, end: datetime) -> OwnShare:
    pairs = (
        Attempt.objects.begun(start, end)
        .filter(outcome=Outcome.OK, call__status=CallStatus.OK, call__attempts_made=1)
        .exclude(call__origin__in=TEST_ORIGINS)
        .order_by("-pk")  # an id bears its time, and begins the index
        .values_list("call__elapsed_ms", "duration_ms")[:SAMPLE]
    )
    rest = sorted(max(0.0, elapsed - duration) for elapsed, duration in pairs)
    if not rest:
        return OwnShare(calls=0, p50_ms=None, p95_ms=None)
    p50, p95 = (rest[ceil(share * len(rest)) - 1] for share in (0.5, 0.95))
    return OwnShare(calls=len(rest), p50_ms=p50, p95_ms=p95)
