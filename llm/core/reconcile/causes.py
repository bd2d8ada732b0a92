"""The causes of differences in tokens, in the order in which they are looked for. Money: `compare.py`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby, permutations

from llm.core.reconcile.day import INPUTS, NONE, TokenKind, Tokens
from llm.core.reconcile.residue import Cell, Residue

HOUR = timedelta(hours=1)


class Cause(StrEnum):
    """Why the vendor's figures differ from ours."""

    FOREIGN = "foreign_traffic"
    """Usage where we called nothing: by another key, in an hour without a call of ours, of a model we did not call."""
    OURS_MISSING = "missing_here"
    """Usage beside calls of ours that we have no record of."""
    THEIRS_MISSING = "missing_there"
    """Recorded calls that the vendor does not report."""
    TIER = "wrong_tier"
    MIDNIGHT = "over_midnight"
    """Calls over midnight, which the vendor books on another day than we: it makes up for itself there."""
    CACHE = "cache_share"
    """The same input, split otherwise into plain, read from the cache and written to it."""
    ESTIMATED = "estimated_usage"
    """Answers that broke off: we have counted them ourselves."""
    UNPRICED = "unpriced"
    """Recorded usage without a known price, which the vendor bills."""
    PRICE = "price_change"
    OTHER = "other_charges"
    """Charges beside tokens, such as web searches."""
    NOT_CHARGED = "not_in_cost_report"
    """Usage at tiers that the vendor's cost report leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Tokens that a cause explains: theirs minus ours, at a cell. `was_tier`: the tier on our side, if another.

    `was_tokens`: what stands on our side in place of `tokens`, if the same tokens were counted otherwise.
    """

    cause: Cause
    cell: Cell
    tokens: Tokens
    was_tokens: Tokens = NONE
    was_tier: str | None = None
    requests: int | None = None


Step = Callable[[Residue], Iterator[Move]]


def explained(residue: Residue) -> list[Move]:
    """Every difference in tokens that has a cause. What has none stays in `residue`."""
    return [move for step in STEPS for move in step(residue)]


def _late_hours(residue: Residue) -> Iterator[Move]:
    """Settles what one side books in the next or the previous hour, which changes no money. Yields nothing."""
    for cell in residue.cells:
        for distance in (HOUR, -HOUR):
            if cell.hour is not None and cell.place in residue.our_places & residue.their_places:
                other = cell._replace(hour=cell.hour + distance)
                if other.place in residue.our_places & residue.their_places:
                    residue.shift(cell, other)
    return iter(())


def _tiers(residue: Residue) -> Iterator[Move]:
    for _place, tiers in groupby(residue.cells, key=lambda cell: cell.place):
        for short, long in permutations(tuple(tiers), 2):
            if settled := residue.shift(short, long):
                requests = residue.requests(long)
                yield Move(
                    cause=Cause.TIER, cell=long, tokens=settled, was_tokens=settled, was_tier=short.tier,
                    requests=requests,
                )  # fmt: skip


def _cache(residue: Residue) -> Iterator[Move]:
    for cell in residue.cells:
        left = residue.at(cell)
        more = {kind: left.of(kind) for kind in INPUTS if left.of(kind) > 0}
        less = {kind: -left.of(kind) for kind in INPUTS if left.of(kind) < 0}
        size = min(sum(more.values()), sum(less.values()))
        if size:
            tokens, was = _up_to(more, size), _up_to(less, size)
            residue.take(cell, tokens - was)
            yield Move(cause=Cause.CACHE, cell=cell, tokens=tokens, was_tokens=was)


def _up_to(counts: dict[TokenKind, int], size: int) -> Tokens:
    taken: dict[str, int] = {}
    for kind, count in counts.items():
        taken[str(kind)] = min(count, size - sum(taken.values()))
    return Tokens(**taken)


def _midnight(residue: Residue) -> Iterator[Move]:
    """A difference up to the size of the calls that ran into the day or out of it."""
    for cell in residue.cells:
        left, into, out = residue.at(cell), residue.begun_before(cell), residue.ended_after(cell)
        part = Tokens(**{str(k): max(-out.of(k), min(into.of(k), left.of(k))) for k in TokenKind})
        if part:
            residue.take(cell, part)
            yield Move(cause=Cause.MIDNIGHT, cell=cell, tokens=part)


def _foreign(residue: Residue) -> Iterator[Move]:
    for cell in residue.cells:
        if cell.place not in residue.our_places and (left := residue.at(cell)):
            residue.take(cell, left)
            yield Move(cause=Cause.FOREIGN, cell=cell, tokens=left, requests=residue.requests(cell))


def _estimates(residue: Residue) -> Iterator[Move]:
    """A difference up to the size of what we have estimated."""
    for cell in residue.cells:
        left, bound = residue.at(cell), residue.estimated(cell)
        part = Tokens(**{str(k): max(-bound.of(k), min(bound.of(k), left.of(k))) for k in TokenKind})
        if part:
            residue.take(cell, part)
            yield Move(cause=Cause.ESTIMATED, cell=cell, tokens=part)


def _missing(residue: Residue) -> Iterator[Move]:
    """Whole calls on one side only: all kinds differ in one direction. A mixed difference has no cause."""
    for cell in residue.cells:
        left, requests = residue.at(cell), residue.requests(cell)
        counts = [count for _kind, count in left.items() if count]
        if not counts or not left.output:
            continue
        if min(counts) > 0 and (requests is None or requests > 0):
            yield Move(cause=Cause.OURS_MISSING, cell=cell, tokens=left, requests=requests)
        elif max(counts) < 0 and (requests is None or requests < 0):
            yield Move(cause=Cause.THEIRS_MISSING, cell=cell, tokens=left, requests=requests)
        else:
            continue
        residue.take(cell, left)


STEPS: Sequence[Step] = (_late_hours, _midnight, _tiers, _cache, _foreign, _estimates, _missing)
"""The surest first: a shift between tiers or kinds of input leaves the totals equal, and no lost call does that."""
