"""What a token costs by our records, else by the price list, else by the vendor's own charge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from llm.core.reconcile.day import Charge, TokenKind, UsageLine

ListRates = Callable[[str, str], Mapping[TokenKind, Decimal] | None]
"""Model and tier -> US dollars a token by kind; None for a model that the price list lacks."""


class Rates:
    """US dollars a token."""

    def __init__(self, ours: Iterable[UsageLine], listed: ListRates) -> None:
        self._listed = listed
        self._ours = _recorded(ours, listed)
        self._theirs: dict[tuple[str, TokenKind], Decimal] = {}

    def learn(self, charges: Iterable[Charge], lines: Iterable[UsageLine]) -> None:
        """Takes the vendor's rates for models that neither we nor the price list can price."""
        tokens: dict[tuple[str, TokenKind], int] = defaultdict(int)
        for line in lines:
            for kind, count in line.tokens.items():
                tokens[line.model, kind] += count
        usd: dict[tuple[str, TokenKind], Decimal] = defaultdict(Decimal)
        for charge in charges:
            if charge.model and charge.kind is not None:
                usd[charge.model, charge.kind] += charge.usd
        self._theirs = {place: total / tokens[place] for place, total in usd.items() if tokens[place]}

    def known(self, model: str, tier: str, kind: TokenKind) -> Decimal | None:
        """Our own rate; None when neither our records nor the price list have one."""
        recorded = self._ours.get((model, tier), {})
        if kind in recorded:
            return recorded[kind]
        listed = self._listed(model, tier)
        return listed.get(kind) if listed else None

    def any(self, model: str, tier: str, kind: TokenKind) -> Decimal:
        """The best rate there is; 0 when nobody tells one."""
        known = self.known(model, tier, kind)
        return known if known is not None else self._theirs.get((model, kind), Decimal(0))


def _recorded(lines: Iterable[UsageLine], listed: ListRates) -> dict[tuple[str, str], dict[TokenKind, Decimal]]:
    """The listed rates, scaled to what was recorded: prices differ by the size of a prompt and by the hour."""
    counts: dict[tuple[str, str], dict[TokenKind, int]] = defaultdict(lambda: defaultdict(int))
    usd: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        place = (line.model, line.tier)
        usd[place] += line.usd
        for kind, count in (line.tokens - line.unpriced).items():
            counts[place][kind] += count
    recorded = {}
    for place, kinds in counts.items():
        rates = listed(*place)
        expected = (
            sum((rates.get(kind, Decimal(0)) * count for kind, count in kinds.items()), Decimal(0)) if rates else 0
        )
        if rates and expected and usd[place]:
            recorded[place] = {kind: rate * usd[place] / expected for kind, rate in rates.items()}
    return recorded
