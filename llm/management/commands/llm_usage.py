"""`manage.py llm_usage`: calls, failures, latency, tokens and cost of a period, as the API tells them."""

import argparse
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from llm.core.usage.periods import whole_hours
from llm.management.base import Error, Exit, LLMCommand
from llm.management.durations import duration
from llm.management.show import UNKNOWN, milliseconds, percent, table
from llm.models import Call
from llm.services.access.rights import Need, Right
from llm.services.analytics.figures import EVERYTHING
from llm.services.analytics.question import (
    FILTERS,
    INTERVALS,
    MOST_GROUPINGS,
    NOTHING,
    Grouping,
    Question,
    filters_of,
)
from llm.services.analytics.report import report
from llm.services.analytics.table import csv_of, rows_of
from llm.stores.usage.state import own_zone

SHOWN = (
    "calls",
    "successes",
    "static_answers",
    "availability",
    "latency_p50_ms",
    "latency_p95_ms",
    "tokens",
    "cost_usd",
)
DEFAULT = timedelta(days=1)


class Command(LLMCommand):
    help = "Spend, calls, tokens, latency and failures of a period: the numbers of GET /api/llm/analytics."
    need = Need(Right.VIEW, Call)
    examples = (
        "  manage.py llm_usage --last 30d --by model\n"
        "  manage.py llm_usage --from 2026-11-01 --to 2026-12-01 --by key,day --csv\n"
        "  manage.py llm_usage --last 7d --by key --limit 10 --json\n"
        "  manage.py llm_usage --last 7d --by provider --only team=shop --only status=ok\n"
        "  manage.py llm_usage --last 7d --by key --only 'team=(none)'"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", type=duration, metavar="30d", help="The time before now (1d).")
        parser.add_argument(
            "--from", dest="start", type=_moment, metavar="DATE", help="A date or time; in --time-zone."
        )
        parser.add_argument("--to", dest="end", type=_moment, metavar="DATE", help="The end, which is not in it (now).")
        parser.add_argument("--by", type=_groupings, default=(), metavar="model[,key]", help=", ".join(Grouping) + ".")
        parser.add_argument(
            "--only",
            type=_filter,
            action="append",
            default=[],
            metavar="team=shop",
            help=f"Only these calls, by {', '.join(FILTERS)}; {NOTHING} for those without. May be repeated.",
        )
        parser.add_argument("--limit", type=int, help="Only so many groups, those with the most calls, and the others.")
        parser.add_argument(
            "--time-zone", type=_zone, metavar="ZONE", help="Of dates, days and months (LLM_TIME_ZONE)."
        )
        parser.add_argument("--include-tests", action="store_true", help="Count tests and probes too.")
        parser.add_argument("--csv", action="store_true", help="Print the table as CSV, with all columns.")

    def run(self, options: argparse.Namespace) -> Exit:
        question = _question(options)
        answer = report(question)
        if options.csv:
            self.stdout.write(csv_of(answer), ending="")
            return Exit.OK
        rows = rows_of(answer)
        value = {
            "period": {"from": question.start, "to": question.end},
            "group_by": ",".join(question.group_by) or None,
            "rows": [{name: _json(cell) for name, cell in row.items()} for row in rows],
        }
        self.show(options, value=value, text=_text(rows) if rows else "No calls in this period.")
        return Exit.OK


def _question(options: argparse.Namespace) -> Question:
    zone = options.time_zone or own_zone()
    if options.last is not None and (options.start or options.end):
        raise Error("Give --last, or --from and --to.")
    if options.end is not None and options.start is None:
        raise Error("--to needs --from.")
    end = _in_zone(options.end, zone) or timezone.now()
    start = _in_zone(options.start, zone) or end - (options.last or DEFAULT)
    if start >= end:
        raise Error("--from must be before --to.")
    question = Question(
        start=start,
        end=end,
        zone=zone,
        group_by=options.by,
        filters=filters_of(dict(options.only)),
        limit=options.limit,
        tests=options.include_tests,
        fields=EVERYTHING,
    )
    if question.cube is None:
        raise Error("No sums are kept by key or team with two others.")
    if options.limit is not None and (options.limit < 1 or set(options.by) <= INTERVALS):
        raise Error("--limit must be at least 1, and needs a --by other than an interval.")
    if set(options.by) & INTERVALS and not whole_hours(zone, start, end):
        raise Error(f"--time-zone: {zone.key} is not whole hours from UTC.")
    return question


def _moment(text: str) -> datetime:
    """A date or a time; naive without an offset. Raises ArgumentTypeError, which argparse prints."""
    try:
        day = parse_date(text)
        at = datetime.combine(day, datetime.min.time()) if day else parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; examples: 2026-11-01, 2026-11-01T08:00")
    return at


def _in_zone(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=zone).astimezone(UTC)


def _groupings(text: str) -> tuple[Grouping, ...]:
    names = [name.strip() for name in text.split(",")]
    if len(names) > MOST_GROUPINGS or len(set(names)) < len(names) or not set(names) <= set(Grouping):
        raise argparse.ArgumentTypeError(f"one or two of {', '.join(Grouping)}")
    return tuple(Grouping(name) for name in names)


def _filter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name not in FILTERS or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(FILTERS)} with a value: team=shop")
    return name, value


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{name!r} is no time zone; an example: Europe/Paris") from None


def _json(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else cell


def _text(rows: list[dict[str, Any]]) -> str:
    names = [name for name in rows[0] if name not in SHOWN]
    names = names[: names.index("attempts")] if "attempts" in names else []
    return table((*names, *SHOWN), [[*(_shown(name, row) for name in (*names, *SHOWN))] for row in rows])


def _shown(name: str, row: dict[str, Any]) -> str:
    if name == "tokens":
        return f"{row['input_tokens']} + {row['output_tokens']}"
    cell = row[name]
    if name == "availability":
        return percent(cell)
    if name.endswith("_ms"):
        return milliseconds(cell)
    if name == "cost_usd":
        return f"{cell:f}" + (f" (+ {row['unpriced']} unpriced)" if row["unpriced"] else "")
    return UNKNOWN if cell in (None, "") else str(cell)
