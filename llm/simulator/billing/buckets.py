"""Splits billed answers into buckets of time and groups, as both vendors' reports do."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from llm.simulator.billing.ledger import Served
from llm.simulator.http.exchange import Json

WIDTHS = {"1d": timedelta(days=1), "1h": timedelta(hours=1), "1m": timedelta(minutes=1)}
MOST = {"1d": 31, "1h": 168, "1m": 1440}
"""The largest `limit` by width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A report's parameters. `page`: the start of the first bucket, as the page before gave it."""

    start: datetime
    end: datetime
    width: str
    groups: tuple[str, ...]
    limit: int
    page: datetime | None = None

    def __post_init__(self) -> None:
        if self.width not in WIDTHS:
            raise ValueError(f"bucket_width must be one of {', '.join(WIDTHS)}")
        if not 1 <= self.limit <= MOST[self.width]:
            raise ValueError(f"limit must be from 1 to {MOST[self.width]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    start: datetime
    end: datetime
    groups: tuple[tuple[tuple[Any, ...], tuple[Served, ...]], ...]
    """Values of the asked groups -> the answers."""


def buckets(
    rows: Iterable[Served], asked: Asked, value: Callable[[Served, str], Any], most: int
) -> tuple[list[Bucket], datetime | None]:
    """One page of buckets, and where the next page begins; None after the last one."""
    width = WIDTHS[asked.width]
    start, found = asked.page or asked.start, list[Bucket]()
    rows = tuple(rows)
    while start < asked.end and len(found) < min(asked.limit, most):
        end = start + width
        inside = (row for row in rows if start <= row.at < end)
        found.append(Bucket(start=start, end=end, groups=_grouped(inside, asked.groups, value)))
        start = end
    return found, start if start < asked.end else None


def _grouped(
    rows: Iterable[Served], names: Sequence[str], value: Callable[[Served, str], Any]
) -> tuple[tuple[tuple[Any, ...], tuple[Served, ...]], ...]:
    groups: dict[tuple[Any, ...], list[Served]] = defaultdict(list)
    for row in rows:
        groups[tuple(value(row, name) for name in names)].append(row)
    return tuple((key, tuple(found)) for key, found in groups.items())


def total(rows: Iterable[Served], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def named(asked: Asked, key: tuple[Any, ...], names: Sequence[str]) -> Json:
    """All group fields of a result: null for those that were not asked for."""
    values = dict(zip(asked.groups, key, strict=True))
    return {name: values.get(name) for name in names}
