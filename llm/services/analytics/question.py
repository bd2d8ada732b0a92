"""A question about usage: of which period, told apart by what, of what alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from llm.core.usage.dimensions import Cube, Dimension, Interval, cube_for
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
FILTERS: dict[str, Dimension] = {
    **{dimension.value: dimension for dimension in Dimension if dimension is not Dimension.CONSUMER},
    "key": Dimension.CONSUMER,
}
"""The dimension that each filter is of: `key` takes the name that groups show, `key_id` the id."""
MOST_GROUPINGS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of the calls with `start` <= begun < `end`. `tests`: count tests and probes too.

    With `limit` only that many groups are given apart from the others, those with the most calls. With `compare` the
    period of the same length before is told too.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo
    group_by: tuple[Grouping, ...] = ()
    filters: Mapping[Dimension, str] = field(default_factory=dict)
    tests: bool = False
    limit: int | None = None
    compare: bool = False

    @property
    def columns(self) -> tuple[Dimension | Interval, ...]:
        return tuple(column for grouping in self.group_by for column in grouping.columns)

    @property
    def cube(self) -> Cube | None:
        """The sums that answer; None when none are kept: of a consumer with two other dimensions."""
        return cube_for({column for column in self.columns if isinstance(column, Dimension)} | set(self.filters))

    @property
    def asked(self) -> Asked:
        """What the stores are asked. The error class tells failures apart, by a column at the end."""
        return Asked(by=(*self.columns, Dimension.ERROR_CLASS), filters=self.filters, tests=self.tests, zone=self.zone)

    def before(self) -> "Question":
        """The same of the period before, without intervals: theirs are other ones."""
        groups = tuple(grouping for grouping in self.group_by if grouping not in INTERVALS)
        start = self.start - (self.end - self.start)
        return replace(self, start=start, end=self.start, group_by=groups, limit=None, compare=False)
