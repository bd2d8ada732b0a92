"""A report as a table: for CSV and the command line."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from llm.services.analytics.figures import EVERYTHING, PERCENTILES, Field, Figures
from llm.services.analytics.question import Grouping, Question
from llm.services.analytics.report import Group, Report
from llm.services.exports.csv_lines import csv_line

TOKENS = (
    "input_tokens", "output_tokens", "cached_tokens", "cache_written_tokens", "cache_written_1h_tokens",
    "reasoning_tokens", "input_audio_tokens", "output_audio_tokens",
)  # fmt: skip
OTHERS = "others"
"""How the groups beyond the limit are called."""


def group_cells(question: Question, group: Group) -> dict[str, Any]:
    """The group's values by grouping; `key_id` after a key. None: all others."""
    titles: list[str] = []
    for grouping in question.group_by:
        titles += [grouping.value, "key_id"] if grouping is Grouping.KEY else [grouping.value]
    return dict(zip(titles, group.key, strict=True))


def figure_cells(figures: Figures, fields: Collection[Field] = EVERYTHING) -> dict[str, Any]:
    """The figures by title. Times in milliseconds; None for what is unknown. Costs are Decimals."""
    cells: dict[str, Any] = {}
    for field in Field:
        if field in fields:
            cells |= _cells(field, figures)
    return cells


def _cells(field: Field, figures: Figures) -> dict[str, Any]:
    match field:
        case Field.FAILURES:
            counted = sorted(figures.failures.items())
            return {"failures": " ".join(f"{name}:{number}" for name, number in counted)}
        case Field.LATENCY | Field.FIRST_TOKEN:
            times: dict[int, float] = getattr(figures, field)
            return {f"{field.removesuffix('_ms')}_p{p}_ms": times.get(p) for p in PERCENTILES}
        case Field.TOKENS:
            return {name: getattr(figures.sums, name) for name in TOKENS}
        case Field.COST_PARTS:
            return {f"cost_{name}_usd": usd for name, usd in figures.cost_parts.items()}
        case _:
            return {field.value: getattr(figures if hasattr(figures, field) else figures.sums, field)}


def rows_of(answer: Report) -> list[dict[str, Any]]:
    """A row for each group; one of the totals when nothing groups."""
    fields = answer.question.fields
    if not answer.question.group_by:
        return [figure_cells(answer.totals, fields)]
    return [
        {
            **{
                title: OTHERS if cell is None else cell.isoformat() if isinstance(cell, datetime) else cell
                for title, cell in group_cells(answer.question, group).items()
            },
            **figure_cells(group.figures, fields),
        }
        for group in answer.groups
    ]


def csv_of(answer: Report) -> str:
    """The table as CSV with a line of titles. Nothing but that line when there is no group."""
    question = answer.question
    titles = [*group_cells(question, _empty(question)), *figure_cells(Figures(), question.fields)]
    return csv_line(titles) + "".join(csv_line(list(row.values())) for row in rows_of(answer))


def _empty(question: Question) -> Group:
    return Group(key=(None,) * len(question.columns), figures=Figures())
