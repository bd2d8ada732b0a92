"""The limit of calls at once that a provider takes well, learned from how calls end.

Nothing is known until the first sign of too many: a refusal, or first tokens that take clearly longer than with few
calls. Then the limit shrinks by a part on each such sign, and grows by a little when calls at the limit end well: the
additive increase and multiplicative decrease by which TCP finds the room of a network (RFC 5681).

Calls are judged in rounds. A round's calls all began after the last change, so a change is never judged by calls that
began before it.
"""

from collections.abc import Mapping
from math import log
from typing import NamedTuple

from llm.core.capacity.sample import Ending, Flight, Sample
from llm.core.capacity.snapshot import SizeClass

LEAST = 2.0
"""The limit never falls below: a provider with one call at a time could not be seen to recover."""
SHRINK_REFUSED = 0.7
SHRINK_SLOW = 0.9
SLOW = log(1.5)
"""First tokens are slow when they take one and a half times as long as with few calls at once."""
ROUND = 6
"""The fewest calls of a round."""
FEW = 0.5
"""Up to this share of the limit there are few calls at once."""
USED = 0.8
"""From this share on the limit is in use, so that it may grow."""
GROWTH = 0.05
"""The share by which it grows in a round, at least one call."""
CALM_STEP = 0.1
"""How far a call with few others moves what is usual then."""
LEAST_REFUSED = 4
"""With fewer calls at once, a refusal is about a rate and not about calls at once."""


class Concurrency(NamedTuple):
    """What is known. `limit`: calls at once; None: unknown. `since`: Unix seconds of the last change.

    `calm`: logarithm of the seconds to the first token with few calls at once, by size. `slowness`: by how much the
    logarithms of this round's `judged` calls are above. `busy`: whether a call of the round had the limit in use.
    """

    limit: float | None = None
    since: float = 0.0
    calm: Mapping[SizeClass, float] = {}
    slowness: float = 0.0
    judged: int = 0
    busy: bool = False


NOTHING_KNOWN = Concurrency()


def learned(known: Concurrency, flight: Flight, sample: Sample, *, empty: bool, at: float) -> Concurrency:
    """What is known after one more attempt, which ended `at` Unix seconds.

    `empty`: the vendor's headers report a used-up rate, so that a refusal says nothing of calls at once.
    """
    if sample.ending in (Ending.OTHER, Ending.HEDGED) or flight.at < known.since:
        return known
    if sample.ending is not Ending.ANSWERED:
        if empty or flight.in_flight < LEAST_REFUSED:
            return known
        return _shrunk(known, flight, SHRINK_REFUSED, at)
    if not sample.first_s or sample.first_s <= 0:
        return known
    known = _judged(known, flight, sample.size, log(sample.first_s))
    if known.judged < max(ROUND, int((known.limit or 0.0) / 2)):
        return known
    if known.slowness > SLOW:
        return _shrunk(known, flight, SHRINK_SLOW, at)
    if known.limit is not None and known.busy:
        return _new_round(known, at)._replace(limit=known.limit + max(1.0, known.limit * GROWTH))
    return known._replace(judged=0, busy=False)


def _judged(known: Concurrency, flight: Flight, size: SizeClass, first: float) -> Concurrency:
    calm = known.calm.get(size)
    few = flight.in_flight <= max(LEAST, (known.limit or 0.0) * FEW)
    used = known.limit is not None and flight.in_flight >= USED * known.limit
    if few or calm is None:  # what was never seen with few calls at once takes what it takes now
        calm = first if calm is None else calm + CALM_STEP * (first - calm)
        known = known._replace(calm={**known.calm, size: calm})
        if not used:
            return known
    judged = known.judged + 1
    return known._replace(
        slowness=(known.slowness * (judged - 1) + first - calm) / judged, judged=judged, busy=known.busy or used
    )


def _shrunk(known: Concurrency, flight: Flight, factor: float, at: float) -> Concurrency:
    limit = min(known.limit or flight.in_flight, flight.in_flight)
    return _new_round(known, at)._replace(limit=max(LEAST, limit * factor))


def _new_round(known: Concurrency, at: float) -> Concurrency:
    return known._replace(since=at, judged=0, slowness=0.0, busy=False)
