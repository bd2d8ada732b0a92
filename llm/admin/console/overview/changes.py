"""The last changes of circuits and by operators, each as a sentence."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.links import calls_link, link
from llm.alerts.conditions.facts import MACHINES
from llm.core.circuit.override import WORDINGS, Action
from llm.core.circuit.state import CircuitState
from llm.models import CircuitEvent

LAST = 8
AROUND = timedelta(minutes=5)
BY_HAND = {*(wording.code for wording in WORDINGS.values()), Action.RELEASE, Action.RESET, Action.PROBE}
"""Reasons of events that an operator caused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    when: str
    sentence: str
    href: str
    """The event's calls: those that asked the provider in the minutes around it."""
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    lines: tuple[ChangeLine, ...]
    all_href: str


def last_changes() -> Changes:
    """The newest LAST events. One query."""
    return Changes(
        lines=tuple(line_of(event) for event in CircuitEvent.objects.order_by("-at")[:LAST]),
        all_href=link("admin:llm_circuitevent_changelist"),
    )


def line_of(event: CircuitEvent) -> ChangeLine:
    return ChangeLine(
        when=formatting.moment(event.at),
        sentence=sentence(event),
        href=calls_link(since=event.at - AROUND, until=event.at + AROUND, tried=event.provider),
        tone=_tone(event),
    )


def _tone(event: CircuitEvent) -> str:
    """The colour: by hand, out, waiting or well. A closed circuit that stays closed has met something."""
    if event.reason in BY_HAND:
        return "hand"
    if event.after == CircuitState.CLOSED:
        return "wait" if event.before == CircuitState.CLOSED else "ok"
    return "failed" if event.after == CircuitState.OPEN else "wait"


def sentence(event: CircuitEvent) -> str:
    """What happened: "claude is out: out of credit, until 14:05 UTC"."""
    said = {"provider": event.provider, "by": formatting.author(event.by), "reason": formatting.reason(event.reason)}
    if event.reason in BY_HAND:
        text = _("%(by)s: %(provider)s %(reason)s") % said
    elif event.after == CircuitState.OPEN:
        text = _("%(provider)s is out: %(reason)s") % said
    elif event.after == CircuitState.HALF_OPEN:
        text = _("%(provider)s is being tried again") % said
    elif event.before != CircuitState.CLOSED:
        text = _("%(provider)s answers again") % said
    else:
        text = _("%(provider)s: %(reason)s") % said
    if event.until is not None:
        text = _("%(text)s, until %(time)s") % {"text": text, "time": formatting.moment(event.until)}
    if event.reason in BY_HAND and event.detail:
        return f"{text} ({event.detail})"
    if event.reason not in BY_HAND and event.by not in MACHINES:
        return _("%(text)s, by %(by)s") % {"text": text, "by": event.by}
    return text
