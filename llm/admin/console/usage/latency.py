"""The page of latency and reliability: each provider's times, success and errors; as a chart, a table and CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting
from llm.admin.console.charts.lines import LineChart, Moment, line_chart
from llm.admin.console.charts.series import Series, colours
from llm.admin.console.links import CALLERS, calls_link
from llm.admin.console.usage.period import PERIODS, Period
from llm.admin.console.usage.settings import PeriodForm
from llm.admin.console.usage.zone import in_whole_hours
from llm.admin.console.view import framed, page_of
from llm.models import UsageSum
from llm.services.analytics.figures import Figures
from llm.services.analytics.over_time import Course, Key, over_time
from llm.services.analytics.own_share import OwnShare, own_share
from llm.services.analytics.question import Grouping, Question
from llm.services.exports.csv_lines import csv_line
from llm.stores.config.snapshot import config_store

MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """What the chart shows of each provider."""

    label: Promise
    value: Callable[[Figures], float | None]
    text: Callable[[float | None], str]


def success(figures: Figures) -> float | None:
    """The share of a provider's attempts that did not fail; None without attempts."""
    return 1 - figures.sums.failed / figures.sums.attempts if figures.sums.attempts else None


MEASURES: dict[str, Measure] = {
    "first95": Measure(gettext_lazy("first token, p95"), lambda f: f.first_token_ms.get(95), formatting.milliseconds),
    "first50": Measure(gettext_lazy("first token, p50"), lambda f: f.first_token_ms.get(50), formatting.milliseconds),
    "end95": Measure(gettext_lazy("whole answer, p95"), lambda f: f.latency_ms.get(95), formatting.milliseconds),
    "end50": Measure(gettext_lazy("whole answer, p50"), lambda f: f.latency_ms.get(50), formatting.milliseconds),
    "success": Measure(gettext_lazy("successful attempts"), success, formatting.percent),
}


class LatencyForm(PeriodForm):
    default_period = "24h"

    period = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Period"),
        choices=[(name, PERIODS[name]) for name in ("today", "24h", "7d", "30d")],
    )
    show = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Chart"),
        choices=lambda: [(name, measure.label) for name, measure in MEASURES.items()],
    )

    def defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        return {**super().defaults(given), "show": "end95"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    label: str
    number: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    name: str
    href: str
    answered_href: str
    cells: tuple[tuple[str, str], ...]
    """Each with its header."""
    errors: tuple[ErrorCount, ...]
    plain: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    chart: LineChart
    rows: tuple[ProviderRow, ...]
    headers: tuple[str, ...]
    own: OwnShare
    own_texts: tuple[str, str]


@page_of(UsageSum)
@in_whole_hours
def page(request: HttpRequest) -> HttpResponse:
    form = LatencyForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context["shown"] = shown(form)
        context["csv_href"] = f"{reverse('console:latency-csv')}?{request.GET.urlencode()}"
    return framed(request, "usage/latency.html", _("Latency and reliability"), context)


@page_of(UsageSum)
@in_whole_hours
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The table as CSV. Times are milliseconds, the success a share from 0 to 1."""
    form = LatencyForm(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    *titles, errors = shown_headers()
    lines = [(*titles, _("failed attempts"), errors), *((row.name, *row.plain) for row in shown(form).rows)]
    response = HttpResponse("".join(csv_line(line) for line in lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="latency-{timezone.localtime():%Y-%m-%d-%H%M}.csv"'
    return response


def shown_headers() -> tuple[str, ...]:
    measures = (str(MEASURES[name].label) for name in ("first50", "first95", "end50", "end95", "success"))
    return (_("provider"), _("answered calls"), *measures, _("attempts"), _("errors"))


def shown(form: LatencyForm) -> Shown:
    """The chart and the table of a valid form."""
    period, measure = form.chosen(), MEASURES[form.cleaned_data["show"]]
    question = Question(
        start=period.start,
        end=period.end,
        zone=timezone.get_current_timezone(),
        group_by=(Grouping.PROVIDER, period.interval),
    )
    order = {name: place for place, name in enumerate(config_store.current_sync().default_order)}
    # Static answers and calls without any belong to no provider.
    found = {key: course for key, course in over_time(question).items() if key[0] not in ("", "static")}
    courses = sorted(found.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0][0]))
    own = own_share(period.start, period.end)
    return Shown(
        chart=_chart(courses[:MOST_LINES], measure, period),
        rows=tuple(_row(key[0], course.now, period) for key, course in courses if course.now.sums.attempts),
        headers=shown_headers(),
        own=own,
        own_texts=(_precise(own.p50_ms), _precise(own.p95_ms)),
    )


def _chart(courses: Sequence[tuple[Key, Course]], measure: Measure, period: Period) -> LineChart:
    css = colours([key[0] for key, _course in courses])
    lines = []
    for key, course in courses:
        href = calls_link(since=period.start, until=period.end, origin=CALLERS, provider=key[0])
        total = measure.text(measure.value(course.now))
        series = Series(key=key, label=key[0], css=css[key[0]], total=total, href=href)
        lines.append((series, [measure.value(course.intervals.get(at, Figures())) for at in period.intervals()]))
    label = str(measure.label)
    return line_chart(
        [_moment(courses, measure, period, at) for at in period.intervals()],
        lines,
        label=label[:1].upper() + label[1:],
        number=measure.text,
    )


def _moment(courses: Sequence[tuple[Key, Course]], measure: Measure, period: Period, at: datetime) -> Moment:
    texts = ", ".join(
        f"{key[0]} {measure.text(measure.value(course.intervals[at]))}"
        for key, course in courses
        if at in course.intervals
    )
    return Moment(
        label=period.label(at),
        tip=f"{period.label(at)}: {texts or _('nothing')}",
        href=calls_link(since=at, until=period.after(at), origin=CALLERS),
    )


def _row(name: str, figures: Figures, period: Period) -> ProviderRow:
    sums, first_token, latency = figures.sums, figures.first_token_ms, figures.latency_ms
    times = (first_token.get(50), first_token.get(95), latency.get(50), latency.get(95))
    span: dict[str, Any] = {"since": period.start, "until": period.end, "origin": CALLERS}
    errors = sorted(figures.failures.items(), key=lambda item: -item[1])
    share = success(figures)
    return ProviderRow(
        name=name,
        href=calls_link(**span, tried=name),
        answered_href=calls_link(**span, provider=name, status="ok"),
        cells=tuple(
            zip(
                shown_headers()[1:-1],
                (
                    formatting.whole(sums.answered),
                    *(formatting.milliseconds(each) for each in times),
                    formatting.percent(share),
                    formatting.whole(sums.attempts),
                ),
                strict=True,
            )
        ),
        errors=tuple(
            ErrorCount(
                label=formatting.reason(error_class),
                number=formatting.whole(number),
                href=calls_link(**span, tried=name, error=error_class),
            )
            for error_class, number in errors
        ),
        plain=(
            sums.answered,
            *times,
            None if share is None else round(share, 4),
            sums.attempts,
            sums.failed,
            " ".join(f"{error_class}:{number}" for error_class, number in errors),
        ),
    )


def _precise(value: float | None) -> str:
    """Milliseconds with a digit: the gateway's own are few."""
    return formatting.UNKNOWN if value is None else f"{number_format(value, 1)} ms"
