"""A report as JSON. Written by hand: DRF's serializers take half a millisecond a group."""

from typing import Any

from llm.services.analytics.figures import PERCENTILES, Figures
from llm.services.analytics.question import Question
from llm.services.analytics.report import Group, Report
from llm.services.analytics.table import OTHERS, group_cells


def body_of(answer: Report) -> dict[str, Any]:
    """The shape of `AnalyticsSerializer`."""
    question = answer.question
    body: dict[str, Any] = {
        "period": {"from": question.start, "to": question.end},
        "group_by": ",".join(question.group_by) or None,
        "time_zone": question.zone.key,
        "totals": figures_body(answer.totals),
        "groups": [_group(question, group) for group in answer.groups],
    }
    if answer.before is not None:
        period = {"from": question.before().start, "to": question.start}
        body["previous"] = {"period": period, "totals": figures_body(answer.before)}
    return body


def _group(question: Question, group: Group) -> dict[str, Any]:
    cells = group_cells(question, group)
    names = iter(("group", "group_2"))
    shown: dict[str, Any] = {}
    for title, cell in cells.items():
        shown[title if title == "key_id" else next(names)] = OTHERS if cell is None else cell
    if group.is_others:
        shown["others"] = True
    shown |= figures_body(group.figures)
    if group.before is not None:
        shown["previous"] = figures_body(group.before)
    return shown


def figures_body(figures: Figures) -> dict[str, Any]:
    """The figures. The cost is a float: its shortest text has the digits of the sum, below nine million dollars."""
    sums = figures.sums
    latency, first_token = figures.latency_ms, figures.first_token_ms
    return {
        "calls": sums.calls,
        "attempts": sums.attempts,
        "successes": figures.successes,
        "failures": figures.failures,
        "fallbacks": figures.fallbacks,
        "static_answers": figures.static_answers,
        "rejected": sums.rejected,
        "cancelled": sums.cancelled,
        "availability": figures.availability,
        "latency_ms": {f"p{p}": latency.get(p) for p in PERCENTILES},
        "first_token_ms": {f"p{p}": first_token.get(p) for p in PERCENTILES},
        "tokens": {
            "input": sums.input_tokens,
            "output": sums.output_tokens,
            "cached": sums.cached_tokens,
            "cache_written": sums.cache_written_tokens,
            "reasoning": sums.reasoning_tokens,
        },
        "unpriced": sums.unpriced,
        "cost_usd": float(figures.cost_usd),
    }
