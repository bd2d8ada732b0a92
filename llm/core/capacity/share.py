"""What one worker has learned of one provider, as it is shared, and how the shares of several workers become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

from llm.core.capacity.concurrency import NOTHING_KNOWN, Concurrency
from llm.core.capacity.decay import faded, fading, merged
from llm.core.capacity.headroom import Asked, LearnedLimit
from llm.core.capacity.readings import Readings
from llm.core.capacity.snapshot import SizeClass

Dated = TypeVar("Dated", Readings, LearnedLimit)

ALIVE_S = 10.0
"""A worker that has not written for so long has ended, and its calls under way with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One worker's part, or the sum of several. `at`: Unix seconds, of which the weights are.

    `asked`: by second, the newest first. `first` and `per_token`: histograms of seconds. `input_tokens` of which
    `cached_tokens` came from the vendor's cache: sums in which old calls weigh less. `tier`: which one served last.
    """

    at: float = 0.0
    in_flight: int = 0
    asked: tuple[Asked, ...] = ()
    readings: Readings | None = None
    limit: LearnedLimit | None = None
    concurrency: Concurrency = NOTHING_KNOWN
    first: Mapping[SizeClass, Mapping[int, float]] = field(default_factory=dict)
    per_token: Mapping[int, float] = field(default_factory=dict)
    input_tokens: float = 0.0
    cached_tokens: float = 0.0
    tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerShare:
    """All that one worker shares. `wallet_hours`: hours left by account, computed at `wallets_at` (Unix seconds)."""

    at: float
    providers: Mapping[str, Share] = field(default_factory=dict)
    wallet_hours: Mapping[str, float] = field(default_factory=dict)
    wallets_at: float = 0.0


def sum_of(shares: Sequence[Share], at: float) -> Share:
    """The shares as one, of the time `at`. What is a fact and no sum comes from who learned it last."""
    return Share(
        at=at,
        in_flight=sum(share.in_flight for share in shares if at - share.at < ALIVE_S),
        asked=_asked(shares),
        readings=reduce(newer, (share.readings for share in shares), None),
        limit=reduce(newer, (share.limit for share in shares), None),
        concurrency=max((share.concurrency for share in shares), key=lambda one: one.since, default=NOTHING_KNOWN),
        first={
            size: merged(faded(share.first[size], at - share.at) for share in shares if size in share.first)
            for size in SizeClass
            if any(size in share.first for share in shares)
        },
        per_token=merged(faded(share.per_token, at - share.at) for share in shares),
        input_tokens=sum(share.input_tokens * fading(at - share.at) for share in shares),
        cached_tokens=sum(share.cached_tokens * fading(at - share.at) for share in shares),
        tier=max(shares, key=lambda share: share.at).tier if shares else "",
    )


def newer(one: Dated | None, other: Dated | None) -> Dated | None:
    """Which of two facts was learned later."""
    if one is None or other is None:
        return one or other
    return other if other.at > one.at else one


def _asked(shares: Sequence[Share]) -> tuple[Asked, ...]:
    if len(shares) == 1:
        return shares[0].asked
    slots: dict[int, Asked] = {}
    for share in shares:
        for one in share.asked:
            known = slots.get(one.slot)
            slots[one.slot] = (
                one
                if known is None
                else Asked(
                    one.slot,
                    known.requests + one.requests,
                    known.input_tokens + one.input_tokens,
                    known.max_tokens + one.max_tokens,
                )
            )
    return tuple(slots[slot] for slot in sorted(slots, reverse=True))
