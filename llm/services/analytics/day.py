"""The last 24 hours beside the 24 hours before, and what the month has cost: the figures of the admin's first page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache

from llm.conf import llm_settings
from llm.core.usage.dimensions import Dimension, Interval
from llm.core.usage.periods import DAY, HOUR, hour_of
from llm.core.usage.spending import Watch, period
from llm.core.usage.sums import Sums
from llm.services.runtime import clock
from llm.stores.usage.read import sums_of_period, sums_of_periods
from llm.stores.usage.rows import Asked

FRESH_S = 5
"""How old the figures may be, for all readers together."""
MONTH_FRESH_S = 600
"""How old the sum of the month's part before these 24 hours may be. Only late records change it."""
HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """One hour (UTC); `by_provider` as in the analytics: "static" for the static tier, "" without an answer."""

    start: datetime
    by_provider: dict[str, Sums]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """Of calls without tests and probes. The running hour and the 23 before it, so a little less than 24 hours.

    `before` is of a period as long, 24 hours earlier. `pace_usd`: what the month costs if it goes on as it has; None on
    its first day.
    """

    at: datetime
    hours: tuple[HourOfDay, ...]
    totals: Sums
    before: Sums
    month_usd: Decimal
    pace_usd: Decimal | None

    @property
    def start(self) -> datetime:
        return self.hours[0].start


def last_day() -> LastDay:
    """The figures, at most FRESH_S old."""
    day: LastDay | None = cache.get("llm.last_day")
    if day is None:
        day = _read(clock.now())
        cache.set("llm.last_day", day, FRESH_S)
    return day


def _read(now: datetime) -> LastDay:
    start = hour_of(now) - (HOURS - 1) * HOUR
    asked = Asked(by=(Interval.HOUR, Dimension.PROVIDER), filters={}, tests=False, zone=ZoneInfo("UTC"))
    groups = sums_of_periods(((start - DAY, now - DAY), (start, now)), asked, histograms=())
    by_hour: dict[datetime, dict[str, Sums]] = {start + n * HOUR: {} for n in range(HOURS)}
    before = Sums()
    for (hour, provider), sums in groups.items():
        if (hour := hour.astimezone(UTC)) in by_hour:
            by_hour[hour][provider] = sums
        else:
            before.add(sums)
    hours = tuple(HourOfDay(start=hour, by_provider=sums) for hour, sums in by_hour.items())
    month_usd, pace_usd = _month(hours, now)
    totals = _total(sums for hour in hours for sums in hour.by_provider.values())
    return LastDay(at=now, hours=hours, totals=totals, before=before, month_usd=month_usd, pace_usd=pace_usd)


def _month(hours: tuple[HourOfDay, ...], now: datetime) -> tuple[Decimal, Decimal | None]:
    """What the running month of LLM_TIME_ZONE has cost, and will at this pace."""
    zone = ZoneInfo(llm_settings().time_zone)
    start, end = period(Watch.MONTH, now, zone)
    recent = _total(sums for hour in hours if hour.start >= start for sums in hour.by_provider.values())
    usd = _spent_before(start, hours[0].start, zone) + recent.cost_usd
    elapsed = (now - start) / timedelta(days=1)
    return usd, usd * Decimal((end - start) / (now - start)) if elapsed >= 1 else None


def _spent_before(month: datetime, until: datetime, zone: ZoneInfo) -> Decimal:
    if until <= month:
        return Decimal(0)
    key = f"llm.month.{month:%Y%m%d}.{until:%Y%m%d%H}"
    usd: Decimal | None = cache.get(key)
    if usd is None:
        asked = Asked(by=(Dimension.PROVIDER,), filters={}, tests=False, zone=zone)
        usd = _total(sums_of_period(month, until, asked, histograms=()).values()).cost_usd
        cache.set(key, usd, MONTH_FRESH_S)
    return usd


def _total(parts: Iterable[Sums]) -> Sums:
    total = Sums()
    for sums in parts:
        total.add(sums)
    return total
