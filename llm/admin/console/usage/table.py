"""The table below the chart of spending: a row for each group and one of the totals; the CSV is made of the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.change import Change
from llm.admin.console.links import CALLERS, calls_link
from llm.admin.console.usage.groups import GROUPINGS, calls_of, label_of, values_of
from llm.admin.console.usage.metrics import Metric, cost_per_call
from llm.admin.console.usage.period import Period
from llm.services.analytics.figures import Figures
from llm.services.analytics.over_time import Course, Key
from llm.services.analytics.question import Grouping

MOST_ROWS = 100
"""Rows of the page; the CSV has all."""
PER_CALL_DIGITS = 4
OF_ATTEMPTS = ("spend", "tokens", "failures")
"""Metrics that count attempts, at the provider that was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """The group's names, its figures as texts with their headers, and as plain values for CSV in the same order."""

    names: tuple[str, ...]
    href: str
    cells: tuple[tuple[str, str], ...]
    change: Change
    plain: tuple[Any, ...]
    unpriced: int
    unpriced_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTable:
    headers: tuple[str, ...]
    rows: tuple[UsageRow, ...]
    total: UsageRow
    hidden: int
    """Groups beyond MOST_ROWS."""


def headers_of(metric: Metric) -> tuple[str, ...]:
    """The titles of a row's cells."""
    titles = (_("calls"), _("tokens"), _("failed attempts"), _("cost"), _("cost per call"))
    return (*titles, *(() if metric.adds_up else (str(metric.label),)), _("share"), _("change"))


def table_of(
    courses: Sequence[tuple[Key, Course]],
    whole_course: Course,
    *,
    groupings: tuple[Grouping, ...],
    metric_name: str,
    metric: Metric,
    period: Period,
    only: Mapping[str, str],
) -> UsageTable:
    """The table of the courses in their order."""
    total = metric.value(whole_course.now)

    def row(names: tuple[str, ...], href: str, course: Course, unpriced_href: str) -> UsageRow:
        change = metric.change(course.now, course.before)
        return UsageRow(
            names=names,
            href=href,
            cells=tuple(zip(headers_of(metric), _cells(course.now, metric, total), strict=False)),
            change=change,
            plain=_plain(course, metric, total),
            unpriced=course.now.sums.unpriced,
            unpriced_href=unpriced_href,
        )

    rows = []
    for key, course in courses:
        values = values_of(groupings, key)
        names = tuple(label_of(grouping, value) for grouping, value in values.items())
        href = calls_of(values, period, attempts=metric_name in OF_ATTEMPTS, only=only)
        rows.append(row(names, href, course, f"{href}&unpriced=1"))
    everything = calls_link(since=period.start, until=period.end, origin=CALLERS, **only)
    blanks = ("",) * (len(groupings) - 1)
    return UsageTable(
        headers=(*(str(GROUPINGS[grouping]) for grouping in groupings), *headers_of(metric)),
        rows=tuple(rows),
        total=row((_("Total"), *blanks), everything, whole_course, f"{everything}&unpriced=1"),
        hidden=max(0, len(rows) - MOST_ROWS),
    )


def _cells(figures: Figures, metric: Metric, total: float | None) -> tuple[str, ...]:
    sums = figures.sums
    return (
        formatting.whole(sums.calls),
        formatting.whole(sums.input_tokens + sums.output_tokens),
        formatting.whole(sums.failed),
        formatting.money(figures.cost_usd),
        formatting.money(cost_per_call(figures), PER_CALL_DIGITS),
        *(() if metric.adds_up else (metric.text(metric.value(figures)),)),
        _percent(_share(figures, metric, total)),
    )


def _plain(course: Course, metric: Metric, total: float | None) -> tuple[Any, ...]:
    """The values of the cells and of the change, without units: CSV is read by programs."""
    sums, per_call, share = course.now.sums, cost_per_call(course.now), _share(course.now, metric, total)
    return (
        sums.calls,
        sums.input_tokens + sums.output_tokens,
        sums.failed,
        course.now.cost_usd,
        None if per_call is None else round(per_call, 9),
        *(() if metric.adds_up else (metric.value(course.now),)),
        None if share is None else round(share, 4),
        metric.change(course.now, course.before).text,
    )


def _share(figures: Figures, metric: Metric, total: float | None) -> float | None:
    value = metric.value(figures)
    return value / total if metric.adds_up and total and value is not None else None


def _percent(share: float | None) -> str:
    """With a digit below ten, where it tells groups apart."""
    if share is None:
        return formatting.UNKNOWN
    return f"{number_format(100 * share, 1 if share < 0.1 else 0)} %"
