"""The sliding window: counts of the last minute's outcomes, in ten buckets that several workers can add up.

Times are epoch seconds.
"""

from dataclasses import dataclass

BUCKET_S = 6
BUCKETS = 10
WINDOW_S = BUCKET_S * BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Counts of the six seconds from `start` (epoch seconds, a multiple of six).

    `faults` count against the provider's health. `others` are failures of other causes (throttled, blocked).
    """

    start: int
    ok: int = 0
    faults: int = 0
    others: int = 0


Window = tuple[Bucket, ...]


def record(window: Window, now: float, *, ok: int = 0, faults: int = 0, others: int = 0) -> Window:
    """The window with these outcomes added at `now`, and expired buckets removed."""
    start = int(now) // BUCKET_S * BUCKET_S
    if window and window[-1].start == start:
        last = window[-1]
        bucket = Bucket(start=start, ok=last.ok + ok, faults=last.faults + faults, others=last.others + others)
        return prune((*window[:-1], bucket), now)
    return prune(add(window, (Bucket(start=start, ok=ok, faults=faults, others=others),)), now)


def add(left: Window, right: Window) -> Window:
    """The sum of both windows."""
    return _combine(left, right, 1)


def subtract(left: Window, right: Window) -> Window:
    """The counts in `left` beyond those in `right`, without empty buckets."""
    known = {bucket.start: bucket for bucket in right}
    changed = tuple(bucket for bucket in left if known.get(bucket.start) is not bucket)
    return _combine(changed, tuple(known[bucket.start] for bucket in changed if bucket.start in known), -1)


def _combine(left: Window, right: Window, sign: int) -> Window:
    sums = {b.start: (b.ok, b.faults, b.others) for b in left}
    for bucket in right:
        ok, faults, others = sums.get(bucket.start, (0, 0, 0))
        sums[bucket.start] = (
            max(0, ok + sign * bucket.ok),
            max(0, faults + sign * bucket.faults),
            max(0, others + sign * bucket.others),
        )
    return tuple(
        Bucket(start=start, ok=ok, faults=faults, others=others)
        for start, (ok, faults, others) in sorted(sums.items())
        if ok or faults or others
    )


def prune(window: Window, now: float) -> Window:
    """The buckets that overlap the last minute, and those of another worker's clock up to a minute ahead."""
    oldest = int(now) // BUCKET_S * BUCKET_S - WINDOW_S + BUCKET_S
    if window and oldest <= window[0].start and window[-1].start <= now + WINDOW_S:
        return window
    return tuple(b for b in window if oldest <= b.start <= now + WINDOW_S)


def totals(window: Window, now: float) -> tuple[int, int, int]:
    """(ok, faults, others) of the last minute."""
    ok = faults = others = 0
    for bucket in prune(window, now):
        ok += bucket.ok
        faults += bucket.faults
        others += bucket.others
    return ok, faults, others
