"""The page of spending: one metric over a period, by one or two groups; as a chart, a table and CSV."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from llm.admin.console.charts.bars import BarChart, Column, stacked
from llm.admin.console.charts.lines import LineChart, Moment, line_chart
from llm.admin.console.charts.series import OTHER, Series, colours
from llm.admin.console.links import CALLERS, calls_link
from llm.admin.console.usage.groups import GROUPINGS, calls_of, label_of, others, values_of
from llm.admin.console.usage.metrics import METRICS, Metric
from llm.admin.console.usage.period import Period
from llm.admin.console.usage.settings import SpendForm
from llm.admin.console.usage.table import MOST_ROWS, OF_ATTEMPTS, UsageTable, table_of
from llm.admin.console.usage.zone import in_whole_hours
from llm.admin.console.view import framed, page_of
from llm.models import UsageSum
from llm.services.analytics.figures import Figures
from llm.services.analytics.over_time import Course, Key, merged, over_time
from llm.services.analytics.question import Grouping
from llm.services.exports.csv_lines import csv_line

MOST_SERIES = 7
"""Groups with a colour of their own; the others are one series."""
MOST_LINES = 5
"""The same of a chart of lines, which cross."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What both the page and the CSV show. `chart` has the largest groups, the table all."""

    chart: BarChart | LineChart
    is_stacked: bool
    table: UsageTable


@page_of(UsageSum)
@in_whole_hours
def page(request: HttpRequest) -> HttpResponse:
    form = SpendForm(request.GET)
    context: dict[str, Any] = {"form": form, "most_rows": MOST_ROWS}
    if form.is_valid():
        context["shown"] = shown(form)
        context["only"] = form.only
        context["all_href"] = without(request, form.only)
        context["csv_href"] = f"{reverse('console:spend-csv')}?{request.GET.urlencode()}"
    return framed(request, "usage/spend.html", _("Spending"), context)


def without(request: HttpRequest, names: Collection[str]) -> str:
    """This page without these parameters."""
    query = request.GET.copy()
    for name in names:
        del query[name]
    return f"?{query.urlencode()}"


@page_of(UsageSum)
@in_whole_hours
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The table as CSV, with all its rows and the totals at the end."""
    form = SpendForm(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    table = shown(form).table
    lines = [table.headers, *((*row.names, *row.plain) for row in (*table.rows, table.total))]
    response = HttpResponse("".join(csv_line(line) for line in lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="spending-{timezone.localtime():%Y-%m-%d-%H%M}.csv"'
    return response


def shown(form: SpendForm) -> Shown:
    """The chart and the table of a valid form. One read of the stores."""
    name = form.cleaned_data["metric"]
    metric, period, groupings = METRICS[name], form.chosen(), form.groupings
    courses = over_time(form.question(), histograms=metric.histograms)
    kept = {key: course for key, course in courses.items() if course.now.sums.calls or course.now.sums.attempts}
    ordered = sorted(kept.items(), key=lambda item: (-(metric.value(item[1].now) or 0), str(item[0])))
    whole_course = merged(list(courses.values()))
    return Shown(
        chart=_chart(ordered, groupings, name, period, form.only),
        is_stacked=metric.adds_up,
        table=table_of(
            ordered,
            whole_course,
            groupings=groupings,
            metric_name=name,
            metric=metric,
            period=period,
            only=form.only,
        ),
    )


def _chart(
    ordered: Sequence[tuple[Key, Course]],
    groupings: tuple[Grouping, ...],
    name: str,
    period: Period,
    only: Mapping[str, str],
) -> BarChart | LineChart:
    metric = METRICS[name]
    most = MOST_SERIES if metric.adds_up else MOST_LINES
    large = [item for item in ordered[:most] if metric.value(item[1].now)]
    css = colours([str(key) for key, _course in large])
    series = [_series(key, course, groupings, name, period, css[str(key)], only) for key, course in large]
    if metric.adds_up and len(ordered) > most:
        rest = merged([course for _key, course in ordered[most:]])
        large.append((("others",), rest))
        series.append(Series(key=("others",), label=others(), css=OTHER, total=metric.text(metric.value(rest.now))))
    label = _("%(metric)s by %(group)s") % {"metric": metric.label, "group": _names(groupings)}
    if metric.adds_up:
        return stacked(
            [_column(large, series, metric, period, at, only) for at in period.intervals()],
            series,
            label=label[:1].upper() + label[1:],
            number=metric.text,
        )
    moments = [
        Moment(label=period.label(at), tip=_tip(large, series, metric, period, at), href=_calls_at(period, at, only))
        for at in period.intervals()
    ]
    lines = [
        (one, [metric.value(course.intervals.get(at, Figures())) for at in period.intervals()])
        for one, (_key, course) in zip(series, large, strict=True)
    ]
    return line_chart(moments, lines, label=label[:1].upper() + label[1:], number=metric.text)


def _series(
    key: Key,
    course: Course,
    groupings: tuple[Grouping, ...],
    name: str,
    period: Period,
    css: str,
    only: Mapping[str, str],
) -> Series:
    values = values_of(groupings, key)
    return Series(
        key=key,
        label=" · ".join(label_of(grouping, value) for grouping, value in values.items()),
        css=css,
        total=METRICS[name].text(METRICS[name].value(course.now)),
        href=calls_of(values, period, attempts=name in OF_ATTEMPTS, only=only),
    )


def _column(
    large: Sequence[tuple[Key, Course]],
    series: Sequence[Series],
    metric: Metric,
    period: Period,
    at: Any,
    only: Mapping[str, str],
) -> Column:
    values: dict[object, float] = {
        key: metric.value(course.intervals[at]) or 0 for key, course in large if at in course.intervals
    }
    return Column(
        label=period.label(at),
        tip=_tip(large, series, metric, period, at),
        href=_calls_at(period, at, only),
        values=values,
    )


def _tip(large: Sequence[tuple[Key, Course]], series: Sequence[Series], metric: Metric, period: Period, at: Any) -> str:
    """ "3 Nov: claude $1.20, gemini $0.31"."""
    parts = [
        f"{one.label} {metric.text(metric.value(course.intervals[at]))}"
        for one, (_key, course) in zip(series, large, strict=True)
        if at in course.intervals and metric.value(course.intervals[at])
    ]
    return f"{period.label(at)}: {', '.join(parts) or _('nothing')}"


def _calls_at(period: Period, at: Any, only: Mapping[str, str]) -> str:
    return calls_link(since=at, until=period.after(at), origin=CALLERS, **only)


def _names(groupings: tuple[Grouping, ...]) -> str:
    return ", ".join(str(GROUPINGS[grouping]) for grouping in groupings)
