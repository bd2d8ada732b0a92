"""A call in words: its way over the providers, and why it went so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting
from llm.core.calls import AttemptReason, CallStatus, Outcome, SkipReason
from llm.models import Attempt, Call

MARKS = {Outcome.OK: "✓", Outcome.FAILED: "✕", Outcome.CANCELLED: "⊘", Outcome.INTERRUPTED: "⊘", Outcome.HEDGED: "⊘"}
SILENT = frozenset({SkipReason.DISABLED, SkipReason.EXCLUDED, SkipReason.NOT_ALLOWED})
"""Skips that are settings, which no list has to repeat on each call."""


ASKED: dict[str, Promise] = {
    AttemptReason.FIRST: gettext_lazy("first in line"),
    AttemptReason.FALLBACK: gettext_lazy("next in line"),
    AttemptReason.RAMPING: gettext_lazy("returning, and no other was left"),
    AttemptReason.TRIAL: gettext_lazy("as a trial of its circuit"),
    AttemptReason.FORCED_CLOSED: gettext_lazy("kept in service by an operator"),
    AttemptReason.LAST_RESORT: gettext_lazy("all circuits were open, and this one would be tried first"),
    AttemptReason.TEST: gettext_lazy("a test by hand"),
    AttemptReason.PROBE: gettext_lazy("a probe"),
    AttemptReason.RETRY: gettext_lazy("the same provider once more"),
    AttemptReason.CONTINUATION: gettext_lazy("to continue an answer that broke off"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One provider on the call's way, with a mark for how it ended."""

    name: str
    mark: str
    css: str


def way(call: Call, attempts: Sequence[Attempt]) -> list[Step]:
    """claude ✕ → gemini ✓; "static text" at the end when that was the answer."""
    steps = [
        Step(each.provider, MARKS.get(Outcome(each.outcome), ""), "ok" if each.outcome == Outcome.OK else "bad")
        for each in attempts
    ]
    if call.status == CallStatus.STATIC:
        steps.append(Step(str(formatting.STATUSES[CallStatus.STATIC][1]), "", "static"))
    return steps


def cause(call: Call, attempts: Sequence[Attempt]) -> str:
    """Why the first choice did not answer: "claude: out of credit; gemini: too slow". "" when nothing went wrong."""
    causes: dict[str, str] = {
        str(skip.get("provider", "?")): formatting.reason(skip.get("reason", ""))
        for skip in call.skips
        if skip.get("reason") not in SILENT
    }
    causes |= {each.provider: formatting.reason(each.error_class) for each in attempts if each.error_class}
    if causes:
        return "; ".join(formatting.pair(name, why) for name, why in causes.items())
    return formatting.reason(call.error_class)


def why_asked(attempt: Attempt) -> str:
    """Why this provider was asked; the record's own sentence for a reason of another release."""
    return str(ASKED.get(attempt.reason, attempt.why))


def story(call: Call, attempts: Sequence[Attempt]) -> str:
    """The call as a sentence: who answered after how long, and why not the others."""
    elapsed = formatting.milliseconds(call.elapsed_ms)
    said = {"time": elapsed, "name": call.provider, "reason": formatting.reason(call.error_class)}
    openings = {
        CallStatus.OK: _("%(name)s answered after %(time)s"),
        CallStatus.STATIC: _("No provider answered, so the caller got the static text after %(time)s"),
        CallStatus.REJECTED: _("The call was rejected after %(time)s: %(reason)s"),
        CallStatus.CANCELLED: _("The caller left after %(time)s"),
        CallStatus.CUT: _("The answer broke off after %(time)s"),
        CallStatus.INTERRUPTED: _("The gateway's process ended before the answer"),
        CallStatus.FAILED: _("No provider answered; the caller got an error after %(time)s"),
    }
    sentence = openings[CallStatus(call.status)] % said
    if call.resumed:
        sentence += _(", after an answer that broke off elsewhere")
    because = [*_failed(call, attempts), *_skipped(call.skips)]
    if not because:
        return f"{sentence}."
    if call.status == CallStatus.OK:
        return _("%(opening)s, because %(reasons)s.") % {"opening": sentence, "reasons": _joined(because)}
    return f"{sentence}: {_joined(because)}."


def _failed(call: Call, attempts: Sequence[Attempt]) -> list[str]:
    retried = {each.provider for each in attempts if each.reason == AttemptReason.RETRY and each.outcome == Outcome.OK}
    return [
        (_("%(name)s failed once (%(reason)s)") if each.provider in retried else _("%(name)s failed (%(reason)s)"))
        % {"name": each.provider, "reason": formatting.reason(each.error_class)}
        for each in attempts
        if each.outcome == Outcome.FAILED
    ]


def _skipped(skips: Sequence[dict[str, Any]]) -> list[str]:
    return [
        _("%(name)s was skipped (%(reason)s)")
        % {"name": skip.get("provider", "?"), "reason": formatting.reason(skip.get("reason", ""))}
        for skip in skips
        if skip.get("reason") not in SILENT
    ]


def _joined(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    *first, last = parts
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
