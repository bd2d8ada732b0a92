"""A question about usage: of which period, told apart by what, of what alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from llm.core.usage.dimensions import Cube, Dimension, Interval, cube_for
from llm.core.usage.periods import DAY, HOUR
from llm.services.analytics.figures import USUAL, Field
from llm.stores.usage.rows import Asked


class Grouping(StrEnum):
    """What figures are told apart by. Of a key the name is shown, with its id."""

    PROVIDER = "provider"
    MODEL = "model"
    ROUTE = "route"
    KEY = "key"
    TEAM = "team"
    STATUS = "status"
    ERROR_CLASS = "error_class"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    @property
    def columns(self) -> tuple[Dimension | Interval, ...]:
        if self is Grouping.KEY:
            return (Dimension.CONSUMER, Dimension.KEY)
        return (Interval(self.value),) if self in INTERVALS else (Dimension(self.value),)


INTERVALS = frozenset({Grouping.HOUR, Grouping.DAY, Grouping.MONTH})
UNASKED = (Dimension.CONSUMER, Dimension.FAILOVER_FROM, Dimension.FAILOVER_WHY)
"""Dimensions that no filter bears the name of."""
FILTERS: dict[str, Dimension] = {
    **{dimension.value: dimension for dimension in Dimension if dimension not in UNASKED},
    "key": Dimension.CONSUMER,
}
"""The dimension that each filter is of: `key` takes the name that groups show, `key_id` the id."""
NOTHING = "(none)"
"""What a filter says for calls without a value: of no team, answered by no provider. No name may have brackets."""
MOST_GROUPINGS = 2


def filters_of(given: Mapping[str, str]) -> dict[Dimension, str]:
    """The values by dimension of those of FILTERS that are given."""
    return {
        dimension: "" if given[name] == NOTHING else given[name] for name, dimension in FILTERS.items() if name in given
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of the calls with `start` <= begun < `end`. `tests`: count tests and probes too.

    With `limit` only that many groups are given apart from the others, those with the most calls. With `compare` the
    period of the same length before is told too. What is not among `fields` may be empty.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo
    group_by: tuple[Grouping, ...] = ()
    filters: Mapping[Dimension, str] = field(default_factory=dict)
    tests: bool = False
    limit: int | None = None
    compare: bool = False
    fields: Collection[Field] = USUAL

    @property
    def columns(self) -> tuple[Dimension | Interval, ...]:
        return tuple(column for grouping in self.group_by for column in grouping.columns)

    @property
    def cube(self) -> Cube | None:
        """The sums that answer; None when none are kept: of a consumer with two other dimensions."""
        return cube_for({column for column in self.columns if isinstance(column, Dimension)} | set(self.filters))

    @property
    def asked(self) -> Asked:
        """What the stores are asked: for sums by something, also where only totals are wanted."""
        by = self.columns or (Dimension.ERROR_CLASS,)
        parts = Field.COST_PARTS in self.fields
        return Asked(by=by, filters=self.filters, tests=self.tests, zone=self.zone, parts=parts)

    @property
    def histograms(self) -> tuple[str, ...]:
        """Those that the fields need."""
        return tuple(
            name for name, of in (("latency", Field.LATENCY), ("first_token", Field.FIRST_TOKEN)) if of in self.fields
        )

    @property
    def interval(self) -> Grouping | None:
        return next((grouping for grouping in self.group_by if grouping in INTERVALS), None)

    def most_names(self, groups: int) -> int:
        """How many names make about so many groups: each has one in every interval."""
        lengths = {Grouping.HOUR: HOUR, Grouping.DAY: DAY, Grouping.MONTH: 30 * DAY}
        each = 1 if self.interval is None else ceil((self.end - self.start) / lengths[self.interval])
        return max(1, groups // each)

    def before(self) -> "Question":
        """The same of the period before, without intervals: theirs are other ones."""
        groups = tuple(grouping for grouping in self.group_by if grouping not in INTERVALS)
        start = self.start - (self.end - self.start)
        return replace(self, start=start, end=self.start, group_by=groups, limit=None, compare=False)
