"""What calls have cost, by the hour and to the moment. Synchronous ORM.

An attempt's cost counts at the moment at which its call began. All origins count, tests and probes too: the vendor
bills them. Attempts without a known price count nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from llm.core.usage.dimensions import Dimension, Interval
from llm.core.usage.sums import dollars
from llm.stores.usage.read import sums_of_period
from llm.stores.usage.rows import Asked


def spend_by_hour(
    start: datetime, end: datetime, *, providers: Sequence[str] | None = None, route: str | None = None
) -> list[tuple[datetime, Decimal]]:
    """US dollars spent in each hour (UTC) that has a cost, oldest first, of calls with `start` <= begun < `end`."""
    hours: dict[datetime, int] = {}
    for (provider, hour), nano in _nano(start, end, (Dimension.PROVIDER, Interval.HOUR), route).items():
        if nano and (providers is None or provider in providers):
            hours[hour.astimezone(UTC)] = hours.get(hour.astimezone(UTC), 0) + nano
    return [(hour, dollars(nano)) for hour, nano in sorted(hours.items())]


def spent(
    start: datetime, end: datetime, *, providers: Sequence[str] | None = None, route: str | None = None
) -> Decimal:
    """US dollars that the calls with `start` <= begun < `end` have cost."""
    by_provider = _nano(start, end, (Dimension.PROVIDER,), route)
    return dollars(sum(nano for (provider,), nano in by_provider.items() if providers is None or provider in providers))


def _nano(start: datetime, end: datetime, by: tuple[Dimension | Interval, ...], route: str | None) -> dict[tuple, int]:
    filters = {} if route is None else {Dimension.ROUTE: route}
    asked = Asked(by=by, filters=filters, tests=True, zone=ZoneInfo("UTC"))
    return {key: sums.cost_nano for key, sums in sums_of_period(start, end, asked, histograms=()).items()}
