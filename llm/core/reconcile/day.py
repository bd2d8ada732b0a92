"""One UTC day of a vendor account: our records of it, and the vendor's own report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class TokenKind(StrEnum):
    """Kinds of tokens that are billed apart. None contains another one."""

    INPUT = "input"
    """Neither read from the cache nor written to it."""
    CACHED = "cached"
    WRITTEN = "cache_written"
    """Written to the cache for any time but an hour."""
    WRITTEN_1H = "cache_written_1h"
    OUTPUT = "output"
    """With reasoning."""


INPUTS = (TokenKind.INPUT, TokenKind.CACHED, TokenKind.WRITTEN, TokenKind.WRITTEN_1H)
DEFAULT_TIER = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A number of tokens of each kind; negative ones are what is lacking."""

    input: int = 0
    cached: int = 0
    cache_written: int = 0
    cache_written_1h: int = 0
    output: int = 0

    def of(self, kind: TokenKind) -> int:
        return int(getattr(self, kind))

    def items(self) -> Iterator[tuple[TokenKind, int]]:
        return ((kind, self.of(kind)) for kind in TokenKind)

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(**{kind.value: self.of(kind) + other.of(kind) for kind in TokenKind})

    def __sub__(self, other: "Tokens") -> "Tokens":
        return Tokens(**{kind.value: self.of(kind) - other.of(kind) for kind in TokenKind})

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


NONE = Tokens()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """Usage of one model at one tier, in one hour; `hour` None: in the whole day.

    `key_id` is the vendor's own id of the key; "" when unknown. `requests` None: the vendor does not count them.
    `estimated` and `unpriced` are parts of `tokens`, on our side only: counted by ourselves after a cut, and without
    a known price. `usd` is what we recorded for the line; a vendor's money stands in its charges.
    """

    model: str
    tier: str = DEFAULT_TIER
    tokens: Tokens
    hour: datetime | None = None
    requests: int | None = None
    key_id: str = ""
    estimated: Tokens = NONE
    unpriced: Tokens = NONE
    usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A sum in a vendor's cost report, in US dollars.

    `tier` None: of all tiers; `kind` None: of all kinds. Without a model, `what` names it: web_search.
    """

    usd: Decimal
    model: str = ""
    tier: str | None = None
    kind: TokenKind | None = None
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurDay:
    """What we recorded. `other_usd`: by name, what cost beside tokens (web_search).

    Calls over midnight are those of the day on which they began. `begun_before` are of the day before, in this day's
    first hour; `ended_after` is the part of `lines` that ended on the next day.
    """

    lines: tuple[UsageLine, ...] = ()
    begun_before: tuple[UsageLine, ...] = ()
    ended_after: tuple[UsageLine, ...] = ()
    other_usd: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def usd(self) -> Decimal:
        return sum((line.usd for line in self.lines), Decimal(0)) + sum(self.other_usd.values(), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDay:
    """What the vendor reports. `uncharged_tiers`: tiers that its cost report leaves out."""

    day: date
    lines: tuple[UsageLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    uncharged_tiers: frozenset[str] = frozenset()

    @property
    def usd(self) -> Decimal:
        return sum((charge.usd for charge in self.charges), Decimal(0))
