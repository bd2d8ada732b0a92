"""A report as JSON. Written by hand: DRF's serializers take half a millisecond a group."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from llm.services.analytics.figures import PERCENTILES, USUAL, Field, Figures
from llm.services.analytics.question import Question
from llm.services.analytics.report import Group, Report
from llm.services.analytics.table import OTHERS, group_cells


def body_of(answer: Report) -> dict[str, Any]:
    """The shape of `AnalyticsSerializer`."""
    question = answer.question
    fields = [field for field in Field if field in question.fields]
    body: dict[str, Any] = {
        "period": {"from": question.start, "to": question.end},
        "group_by": ",".join(question.group_by) or None,
        "time_zone": question.zone.key,
        "totals": figures_body(answer.totals, fields),
        "groups": [_group(question, group, fields) for group in answer.groups],
        "truncated": {"shown": answer.cut.shown, "of": answer.cut.of} if answer.cut else None,
    }
    if answer.before is not None:
        period = {"from": question.before().start, "to": question.start}
        body["previous"] = {"period": period, "totals": figures_body(answer.before, fields)}
    return body


def _group(question: Question, group: Group, fields: Sequence[Field]) -> dict[str, Any]:
    cells = group_cells(question, group)
    names = iter(("group", "group_2"))
    shown: dict[str, Any] = {}
    for title, cell in cells.items():
        shown[title if title == "key_id" else next(names)] = OTHERS if cell is None else cell
    if group.is_others:
        shown["others"] = True
    shown |= figures_body(group.figures, fields)
    if group.before is not None:
        shown["previous"] = figures_body(group.before, fields)
    return shown


def figures_body(figures: Figures, fields: Iterable[Field] = USUAL) -> dict[str, Any]:
    """The figures. A cost is a float: its shortest text has the digits of the sum, below nine million dollars."""
    return {field.value: _BODIES[field](figures) for field in fields}


def _times(times: dict[int, float]) -> dict[str, float | None]:
    return {f"p{p}": times.get(p) for p in PERCENTILES}


def _tokens(figures: Figures) -> dict[str, int]:
    sums = figures.sums
    return {
        "input": sums.input_tokens,
        "output": sums.output_tokens,
        "cached": sums.cached_tokens,
        "cache_written": sums.cache_written_tokens,
        "cache_written_1h": sums.cache_written_1h_tokens,
        "reasoning": sums.reasoning_tokens,
        "input_audio": sums.input_audio_tokens,
        "output_audio": sums.output_audio_tokens,
    }


_BODIES: dict[Field, Callable[[Figures], Any]] = {
    Field.CALLS: attrgetter("sums.calls"),
    Field.ATTEMPTS: attrgetter("sums.attempts"),
    Field.SUCCESSES: attrgetter("successes"),
    Field.FAILURES: attrgetter("failures"),
    Field.FALLBACKS: attrgetter("fallbacks"),
    Field.STATIC_ANSWERS: attrgetter("static_answers"),
    Field.REJECTED: attrgetter("sums.rejected"),
    Field.CANCELLED: attrgetter("sums.cancelled"),
    Field.AVAILABILITY: attrgetter("availability"),
    Field.LATENCY: lambda figures: _times(figures.latency_ms),
    Field.FIRST_TOKEN: lambda figures: _times(figures.first_token_ms),
    Field.TOKENS: _tokens,
    Field.UNPRICED: attrgetter("sums.unpriced"),
    Field.COST: lambda figures: float(figures.cost_usd),
    Field.SAVED: lambda figures: float(figures.saved_usd),
    Field.COST_PARTS: lambda figures: {name: float(usd) for name, usd in figures.cost_parts.items()},
}
