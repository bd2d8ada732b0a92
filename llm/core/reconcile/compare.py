"""Compares one day of our records with the vendor's report, and gives each difference its cause and its money.

The money: `theirs - ours` is the sum of all differences and of the unexplained rest. Differences in tokens count at our
own rates; what the vendor charges beyond our rates for its own tokens is a change of price.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from llm.core.reconcile.causes import Cause, Move, explained
from llm.core.reconcile.day import NONE, Charge, OurDay, TokenKind, Tokens, UsageLine, VendorDay
from llm.core.reconcile.names import plain_model
from llm.core.reconcile.rates import ListRates, Rates
from llm.core.reconcile.residue import Cell, Residue

SAME_PRICE = Decimal("0.005")
"""A charge within half a percent of our rate is the same price: vendors round their reports."""
TOLERANCE = Decimal("0.01")
"""Beyond 1 % of the day's money the two sides differ."""
NANO_DOLLAR = Decimal("0.000000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one cause explains for one model at one tier. Positive: the vendor has more.

    `requests` None: unknown. `detail` is a name or figures: the tier we recorded, the key, the ratio of prices.
    """

    cause: Cause
    model: str = ""
    tier: str = ""
    usd: Decimal
    tokens: Tokens = NONE
    requests: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`unexplained_usd`: the vendor's money minus ours minus all differences."""

    ours_usd: Decimal
    theirs_usd: Decimal
    differences: tuple[Difference, ...]
    unexplained_usd: Decimal

    @property
    def share(self) -> Decimal:
        """How much of the day's money the two sides do not agree on. Errors in both directions do not cancel.

        Calls over midnight are no error: the other day makes up for them.
        """
        counted = (abs(each.usd) for each in self.differences if each.cause is not Cause.MIDNIGHT)
        return self._of_the_day(sum(counted, abs(self.unexplained_usd)))

    @property
    def unexplained_share(self) -> Decimal:
        return self._of_the_day(abs(self.unexplained_usd))

    @property
    def agrees(self) -> bool:
        return self.share <= TOLERANCE

    def _of_the_day(self, usd: Decimal) -> Decimal:
        whole = max(abs(self.ours_usd), abs(self.theirs_usd))
        return usd / whole if whole else Decimal(int(usd > 0))


def compare(ours: OurDay, theirs: VendorDay, listed: ListRates, *, keys: frozenset[str] = frozenset()) -> Comparison:
    """`listed` tells the price list's rates; `keys`: the vendor's ids of our own keys, empty when unknown."""
    mine = _changed(ours, lambda each: replace(each, model=plain_model(each.model)))
    lines, charges = _plain(theirs.lines), [replace(each, model=plain_model(each.model)) for each in theirs.charges]
    if all(line.hour is None for line in lines):
        mine = _changed(mine, lambda each: replace(each, hour=None))
    rates = Rates(mine.lines, listed)
    rates.learn(charges, lines)
    strangers = [line for line in lines if keys and line.key_id and line.key_id not in keys]
    own = [line for line in lines if line not in strangers]
    residue = Residue(mine, own)
    found = [
        *(_stranger(line, rates) for line in strangers),
        *(_priced(move, rates) for move in explained(residue)),
        *_unpriced(mine.lines, rates),
        *_not_charged(lines, theirs.uncharged_tiers, rates),
        *_prices(charges, [line for line in lines if line.tier not in theirs.uncharged_tiers], rates),
        *_other(charges, mine),
    ]
    differences = _merged(each for each in found if each.tokens or each.usd)
    gap = theirs.usd - ours.usd
    return Comparison(
        ours_usd=ours.usd,
        theirs_usd=theirs.usd,
        differences=differences,
        unexplained_usd=(gap - sum((each.usd for each in differences), Decimal(0))).quantize(NANO_DOLLAR),
    )


def _changed(day: OurDay, change: Callable[[UsageLine], UsageLine]) -> OurDay:
    """The day with each of its lines changed."""
    return replace(
        day,
        lines=tuple(map(change, day.lines)),
        begun_before=tuple(map(change, day.begun_before)),
        ended_after=tuple(map(change, day.ended_after)),
    )


def _plain(lines: Iterable[UsageLine]) -> tuple[UsageLine, ...]:
    return tuple(replace(line, model=plain_model(line.model)) for line in lines)


def _worth(rates: Rates, model: str, tier: str, tokens: Tokens) -> Decimal:
    return sum((rates.any(model, tier, kind) * count for kind, count in tokens.items()), Decimal(0))


def _stranger(line: UsageLine, rates: Rates) -> Difference:
    usd = _worth(rates, line.model, line.tier, line.tokens)
    return Difference(
        cause=Cause.FOREIGN, model=line.model, tier=line.tier, usd=usd, tokens=line.tokens, requests=line.requests,
        detail=line.key_id,
    )  # fmt: skip


def _priced(move: Move, rates: Rates) -> Difference:
    cell: Cell = move.cell
    was_tier = cell.tier if move.was_tier is None else move.was_tier
    usd = _worth(rates, cell.model, cell.tier, move.tokens) - _worth(rates, cell.model, was_tier, move.was_tokens)
    tokens = move.tokens if move.was_tier is not None else move.tokens - move.was_tokens
    return Difference(
        cause=move.cause, model=cell.model, tier=cell.tier, usd=usd, tokens=tokens, requests=move.requests,
        detail="" if move.was_tier is None else (move.was_tier or "default"),
    )  # fmt: skip


def _unpriced(lines: Iterable[UsageLine], rates: Rates) -> Iterator[Difference]:
    for line in lines:
        if line.unpriced:
            usd = _worth(rates, line.model, line.tier, line.unpriced)
            yield Difference(cause=Cause.UNPRICED, model=line.model, tier=line.tier, usd=usd, tokens=line.unpriced)


def _not_charged(lines: Iterable[UsageLine], tiers: frozenset[str], rates: Rates) -> Iterator[Difference]:
    for line in lines:
        if line.tier in tiers:
            usd = -_worth(rates, line.model, line.tier, line.tokens)
            yield Difference(cause=Cause.NOT_CHARGED, model=line.model, tier=line.tier, usd=usd, tokens=line.tokens)


def _prices(charges: Iterable[Charge], lines: Iterable[UsageLine], rates: Rates) -> Iterator[Difference]:
    """Where the vendor charges its own tokens otherwise than at our rates."""
    charged: dict[tuple[str, str | None, TokenKind | None], Decimal] = defaultdict(Decimal)
    for charge in charges:
        if charge.model:
            charged[charge.model, charge.tier, charge.kind] += charge.usd
    lines = tuple(lines)
    for (model, tier, kind), usd in charged.items():
        expected = Decimal(0)
        for line in lines:
            if line.model == model and tier in (None, line.tier):
                wanted = line.tokens if kind is None else Tokens(**{str(kind): line.tokens.of(kind)})
                expected += _worth(rates, model, line.tier, wanted)
        if expected and abs(usd - expected) > SAME_PRICE * expected:
            detail = f"{kind or 'all'} x {usd / expected:.3f}"
            yield Difference(cause=Cause.PRICE, model=model, tier=tier or "", usd=usd - expected, detail=detail)


def _other(charges: Iterable[Charge], ours: OurDay) -> Iterator[Difference]:
    usd: dict[str, Decimal] = defaultdict(Decimal)
    for charge in charges:
        if not charge.model:
            usd[charge.what] += charge.usd
    for name, recorded in ours.other_usd.items():
        usd[name] -= recorded
    return (Difference(cause=Cause.OTHER, usd=total, detail=name) for name, total in usd.items() if total)


def _merged(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """One difference for each cause, model, tier and detail, the dearest first."""
    merged: dict[tuple[str, ...], Difference] = {}
    for each in differences:
        place = (each.cause, each.model, each.tier, each.detail)
        before = merged.get(place)
        if before is not None:
            unknown = before.requests is None or each.requests is None
            each = replace(
                each,
                usd=before.usd + each.usd,
                tokens=before.tokens + each.tokens,
                requests=None if unknown else (before.requests or 0) + (each.requests or 0),
            )
        merged[place] = each
    rounded = [replace(each, usd=each.usd.quantize(NANO_DOLLAR)) for each in merged.values()]
    return tuple(sorted(rounded, key=lambda each: -abs(each.usd)))
