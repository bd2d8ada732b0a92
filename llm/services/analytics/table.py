"""A report as a table: for CSV and the command line."""

from datetime import datetime
from typing import Any

from llm.services.analytics.figures import PERCENTILES, Figures
from llm.services.analytics.question import Grouping, Question
from llm.services.analytics.report import Group, Report
from llm.services.exports.csv_lines import csv_line

OTHERS = "others"
"""How the groups beyond the limit are called."""


def group_cells(question: Question, group: Group) -> dict[str, Any]:
    """The group's values by grouping; `key_id` after a key. None: all others."""
    titles: list[str] = []
    for grouping in question.group_by:
        titles += [grouping.value, "key_id"] if grouping is Grouping.KEY else [grouping.value]
    return dict(zip(titles, group.key, strict=True))


def figure_cells(figures: Figures) -> dict[str, Any]:
    """The figures by title. Times in milliseconds; None for what is unknown. The cost is a Decimal."""
    sums = figures.sums
    latency, first_token = figures.latency_ms, figures.first_token_ms
    return {
        "calls": sums.calls,
        "attempts": sums.attempts,
        "successes": figures.successes,
        "failures": " ".join(f"{name}:{number}" for name, number in sorted(figures.failures.items())),
        "fallbacks": figures.fallbacks,
        "static_answers": figures.static_answers,
        "rejected": sums.rejected,
        "cancelled": sums.cancelled,
        "availability": figures.availability,
        **{f"latency_p{p}_ms": latency.get(p) for p in PERCENTILES},
        **{f"first_token_p{p}_ms": first_token.get(p) for p in PERCENTILES},
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "cached_tokens": sums.cached_tokens,
        "cache_written_tokens": sums.cache_written_tokens,
        "reasoning_tokens": sums.reasoning_tokens,
        "unpriced": sums.unpriced,
        "cost_usd": figures.cost_usd,
    }


def rows_of(answer: Report) -> list[dict[str, Any]]:
    """A row for each group; one of the totals when nothing groups."""
    if not answer.question.group_by:
        return [figure_cells(answer.totals)]
    return [
        {
            **{
                title: OTHERS if cell is None else cell.isoformat() if isinstance(cell, datetime) else cell
                for title, cell in group_cells(answer.question, group).items()
            },
            **figure_cells(group.figures),
        }
        for group in answer.groups
    ]


def csv_of(answer: Report) -> str:
    """The table as CSV with a line of titles. Nothing but that line when there is no group."""
    titles = [*group_cells(answer.question, _empty(answer.question)), *figure_cells(Figures())]
    return csv_line(titles) + "".join(csv_line(list(row.values())) for row in rows_of(answer))


def _empty(question: Question) -> Group:
    return Group(key=(None,) * len(question.columns), figures=Figures())
