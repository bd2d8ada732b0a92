"""A row of 96 quarter hours for each provider: how its attempts ended."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.links import calls_link
from llm.services.analytics.quarters import QUARTER, QUARTERS, QuarterHour, last_quarters
from llm.services.status import Status

MOST = 8
"""Rows on the page, whose size is bounded; providers in their order, as the calls ask them."""
MOSTLY = 0.5
"""From this share of failed attempts on a cell is red."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One quarter with attempts; those without are drawn by the row's ground."""

    x: int
    css: str
    tip: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: str
    href: str
    share: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trackers:
    rows: tuple[Row, ...]
    width: int
    ticks: tuple[str, ...]
    more: int
    """Providers without a row here."""


def trackers(status: Status) -> Trackers:
    """The rows of the enabled providers, then of those with attempts. One query."""
    quarters = last_quarters()
    names = [each.name for each in status.providers if each.enabled or each.name in quarters]
    names += sorted(set(quarters) - set(names))
    some = next(iter(quarters.values()), ())
    return Trackers(
        rows=tuple(_row(name, quarters.get(name, ())) for name in names[:MOST]),
        width=QUARTERS,
        ticks=tuple(_time(cell) for cell in some[::24]),
        more=max(0, len(names) - MOST),
    )


def _row(name: str, quarters: tuple[QuarterHour, ...]) -> Row:
    attempts, failed = sum(each.attempts for each in quarters), sum(each.failed for each in quarters)
    return Row(
        name=name,
        href=calls_link(last="24h", tried=name),
        share=formatting.percent(1 - failed / attempts) if attempts else _("no attempts"),
        cells=tuple(_cell(name, x, each) for x, each in enumerate(quarters) if each.attempts),
    )


def _cell(name: str, x: int, quarter: QuarterHour) -> Cell:
    css = "failed" if quarter.failed >= MOSTLY * quarter.attempts else "wait" if quarter.failed else "ok"
    return Cell(x, css, _tip(quarter), calls_link(tried=name, quarter=quarter.start.strftime("%Y%m%d%H%M")))


def _tip(quarter: QuarterHour) -> str:
    """ "11:15-11:30: 14 attempts, 2 failed (out of credit)"."""
    said = {
        "span": f"{_time(quarter)}-{date_format(timezone.localtime(quarter.start + QUARTER), 'H:i')}",
        "n": formatting.whole(quarter.attempts),
        "failed": formatting.whole(quarter.failed),
        "why": ", ".join(formatting.reason(error_class) for error_class, _n in quarter.failures.most_common(2)),
    }
    if not quarter.failed:
        return _("%(span)s: %(n)s attempts") % said
    return _("%(span)s: %(n)s attempts, %(failed)s failed (%(why)s)") % said


def _time(quarter: QuarterHour) -> str:
    return date_format(timezone.localtime(quarter.start), "H:i")
