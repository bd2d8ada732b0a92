"""The time bar of a call: a row for each attempt on one scale, and a hollow one for each provider that was skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.calls.page import Fact
from llm.admin.console.calls.words import why_asked
from llm.admin.console.links import calls_link
from llm.core.calls import Outcome
from llm.models import Attempt, Call

SCALE = 1000.0
LEAST = 4.0
"""The shortest bar that is seen, in units of SCALE."""
COLOURS = {Outcome.OK: "ok", Outcome.FAILED: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptBar:
    """Positions in units of SCALE: waiting for the first token from `x` for `wait`, then the answer for `rest`."""

    title: str
    outcome: str
    css: str
    x: str
    wait: str
    rest_x: str
    rest: str
    time: str
    message: str
    facts: list[Fact]
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipBar:
    name: str
    reason: str
    detail: str
    href: str


def attempt_bars(call: Call, attempts: Sequence[Attempt]) -> list[AttemptBar]:
    """A bar for each attempt. The last failed one of a call without an answer is shown with its details."""
    ends = [_offset_ms(call, each) + each.duration_ms for each in attempts]
    whole = max([call.elapsed_ms, *ends, 1.0])
    answered = any(each.outcome == Outcome.OK for each in attempts)
    return [_bar(call, each, whole, is_open=not answered and each is attempts[-1]) for each in attempts]


def _offset_ms(call: Call, attempt: Attempt) -> float:
    return max(0.0, (attempt.started_at - call.started_at) / timedelta(milliseconds=1))


def _bar(call: Call, attempt: Attempt, whole: float, *, is_open: bool) -> AttemptBar:
    unit = SCALE / whole
    x, length = _offset_ms(call, attempt) * unit, max(LEAST, attempt.duration_ms * unit)
    wait = length if attempt.first_token_ms is None else min(length, attempt.first_token_ms * unit)
    outcome = str(formatting.OUTCOMES.get(attempt.outcome, ("", attempt.outcome))[1])
    reason = formatting.reason(attempt.error_class)
    return AttemptBar(
        title=f"{attempt.seq}. {attempt.provider}",
        outcome=formatting.pair(outcome, reason),
        css=COLOURS.get(Outcome(attempt.outcome), "other"),
        x=f"{min(x, SCALE - LEAST):.1f}",
        wait=f"{wait:.1f}",
        rest_x=f"{x + wait:.1f}",
        rest=f"{max(0.0, length - wait):.1f}",
        time=formatting.milliseconds(attempt.duration_ms),
        message=attempt.message,
        facts=_facts(attempt),
        is_open=is_open,
    )


def _facts(attempt: Attempt) -> list[Fact]:
    model = attempt.model
    if attempt.answered_model not in ("", model):
        model = f"{model} → {attempt.answered_model}"
    first_token = "" if attempt.first_token_ms is None else formatting.milliseconds(attempt.first_token_ms)
    facts = [
        Fact(label=_("model"), value=model),
        Fact(label=_("first token"), value=first_token),
        Fact(label=_("HTTP status"), value=str(attempt.http_status or "")),
        Fact(label=_("vendor's code"), value=attempt.vendor_code),
        Fact(label=_("why asked"), value=why_asked(attempt)),
        Fact(
            label=_("vendor request id"),
            value=attempt.vendor_request_id,
            href=calls_link(q=attempt.vendor_request_id),
        ),
        Fact(label=_("tier and region"), value=" ".join(filter(None, (attempt.tier, attempt.region)))),
    ]
    return [fact for fact in facts if fact.value]


def skip_bars(call: Call) -> list[SkipBar]:
    """The providers that were passed over, with why and until when."""
    bars = []
    for skip in call.skips:
        name, until = str(skip.get("provider", "?")), parse_datetime(skip["until"]) if skip.get("until") else None
        reason = formatting.reason(skip.get("reason", ""))
        if until is not None:
            reason = _("%(text)s, until %(time)s") % {"text": reason, "time": formatting.dated(until)}
        detail = str(skip.get("detail", ""))
        bars.append(SkipBar(name=name, reason=reason, detail=detail, href=calls_link(last="24h", tried=name)))
    return bars
