"""The chart of calls by the hour, stacked by who answered."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.charts.bars import BarChart, Column, stacked
from llm.admin.console.charts.series import FAILED, OTHER, STATIC, Series, colours
from llm.admin.console.links import CALLERS, calls_link
from llm.core.calls import CallStatus
from llm.core.usage.periods import HOUR
from llm.services.analytics.day import HourOfDay, LastDay

WITHOUT_ANSWER, STATIC_TEXT, WITHDRAWN = ("", FAILED), ("", STATIC), ("", OTHER)
"""Keys of the series that are no provider's: a provider may have any name."""


def hours_chart(day: LastDay, providers: Sequence[str]) -> BarChart:
    """Each provider with its answers, then static answers, failed calls, and those refused or cancelled."""
    counted = [_counts(hour) for hour in day.hours]
    answering = {name for counts in counted for name, number in counts.items() if isinstance(name, str) and number}
    css = colours([*providers, *sorted(answering - set(providers))])
    series = [
        _series(day, name, name, css[name], counted, provider=name, status=CallStatus.OK)
        for name in css
        if name in answering
    ]
    static_label = str(formatting.STATUSES[CallStatus.STATIC][1])
    series.append(_series(day, STATIC_TEXT, static_label, STATIC, counted, status=CallStatus.STATIC))
    series.append(_series(day, WITHOUT_ANSWER, _("not answered"), FAILED, counted, status="unanswered"))
    if any(counts.get(WITHDRAWN) for counts in counted):
        series.append(_series(day, WITHDRAWN, _("rejected or cancelled"), OTHER, counted, status="withdrawn"))
    columns = [
        Column(
            label=_time(hour),
            tip=_tip(hour, counts, series),
            href=calls_link(since=hour.start, until=hour.start + HOUR, origin=CALLERS),
            values=counts,
        )
        for hour, counts in zip(day.hours, counted, strict=True)
    ]
    return stacked(columns, series, label=_("Calls per hour, by who answered"), number=formatting.whole)


def _counts(hour: HourOfDay) -> dict[object, float]:
    counts: dict[object, float] = {name: sums.answered for name, sums in hour.by_provider.items() if sums.answered}
    all_of = list(hour.by_provider.values())
    counts[STATIC_TEXT] = sum(sums.static for sums in all_of)
    counts[WITHDRAWN] = sum(sums.rejected + sums.cancelled for sums in all_of)
    unanswered_by_vendors = sum(sums.calls - sums.answered for sums in all_of)
    counts[WITHOUT_ANSWER] = unanswered_by_vendors - counts[STATIC_TEXT] - counts[WITHDRAWN]
    return counts


def _series(
    day: LastDay, key: object, label: str, css: str, counted: Sequence[dict[object, float]], **filters: Any
) -> Series:
    total = sum(counts.get(key, 0) for counts in counted)
    href = calls_link(since=day.start, origin=CALLERS, **filters)
    return Series(key=key, label=label, css=css, total=formatting.whole(total), href=href)


def _tip(hour: HourOfDay, counts: dict[object, float], series: Sequence[Series]) -> str:
    """ "11:00: 412 calls (claude 409, static text 3)"."""
    parts = ", ".join(f"{one.label} {formatting.whole(counts[one.key])}" for one in series if counts.get(one.key))
    calls = sum(sums.calls for sums in hour.by_provider.values())
    text = _("%(time)s: %(calls)s calls") % {"time": _time(hour), "calls": formatting.whole(calls)}
    return f"{text} ({parts})" if parts else text


def _time(hour: HourOfDay) -> str:
    return date_format(timezone.localtime(hour.start), "H:i")
