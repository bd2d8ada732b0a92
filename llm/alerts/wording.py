"""Words alerts in English and French: what happened, what it means, and what to do next.

The wording holds only names, codes, times and counts: requests, answers and vendors' messages are private.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from llm.alerts.conditions.service import SWITCHED_OFF
from llm.alerts.decide import REMOVED, Notice
from llm.alerts.events import Event, Topic
from llm.alerts.phrases import EN, FR, Phrases
from llm.core.circuit.state import PROBE_ONLY
from llm.core.failures.policy import ErrorClass

LANGUAGES: Mapping[str, Phrases] = {"en": EN, "fr": FR}

NAMES = {"claude": "Claude", "gemini": "Gemini", "openai": "OpenAI"}
"""The vendors' own spelling. Other providers keep their configured name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The text of an alert: a title line, a few sentences, and an action (empty when none is needed)."""

    title: str
    summary: str
    action: str

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.summary, self.action) if part)


def render(notice: Notice, language: str, now: datetime) -> Wording:
    """Words the notice in `language`, "en" or "fr"; other languages become English."""
    phrases = LANGUAGES.get(language, EN)
    blanks = _blanks(notice, phrases, now)
    title = phrases.titles[notice.event].format_map(blanks)
    summary = [phrases.summaries[_summary_key(notice)].format_map(blanks)]
    if notice.times > 1:
        summary.append(phrases.times.format_map(blanks))
    if notice.subject.topic is Topic.PROVIDER and not notice.ends:
        summary.append((phrases.next_provider if notice.details.serving else phrases.no_provider).format_map(blanks))
    if notice.subject.topic is Topic.SPENDING and notice.details.count and not notice.ends:
        summary.append(phrases.unpriced.format_map(blanks))
    return Wording(
        title=(phrases.reminder + title) if notice.reminder else title,
        summary=" ".join(summary),
        action=_action(notice, phrases, blanks),
    )


def _summary_key(notice: Notice) -> str:
    """The key of the summary phrase: the event, or the special case in which it ended."""
    if notice.event is Event.WALLET_REFILLED and notice.details.reason == REMOVED:
        return "wallet_removed"
    if notice.event is Event.SPENDING_BACK and notice.details.reason == REMOVED:
        return "spending_removed"
    if notice.event is not Event.PROVIDER_RECOVERED:
        return str(notice.event)
    if notice.details.reason in (SWITCHED_OFF, REMOVED):
        return notice.details.reason
    if notice.brief:
        return "brief"
    return "by_hand" if notice.details.by else str(notice.event)


def _action(notice: Notice, phrases: Phrases, blanks: Mapping[str, str]) -> str:
    if notice.ends:
        return ""
    key = str(notice.event)
    if notice.event is Event.PROVIDER_OPENED:
        probe_only = notice.details.reason in {str(error_class) for error_class in PROBE_ONLY}
        key = notice.details.reason if probe_only else "wait"
    again = phrases.again if notice.details.until else phrases.again_soon
    return phrases.actions[key].format_map({**blanks, "again": again.format_map(blanks)})


def _blanks(notice: Notice, phrases: Phrases, now: datetime) -> dict[str, str]:
    details = notice.details
    reason = (
        ErrorClass(details.reason)
        if details.reason in {str(error_class) for error_class in ErrorClass}
        else ErrorClass.UNKNOWN
    )
    other_names = [name for name in details.serving if name != notice.subject.name]
    return {
        "name": display_name(notice.subject.name),
        "slug": notice.subject.name,
        "meaning": phrases.meanings[reason],
        "at": moment(notice.at, now),
        "since": moment(notice.since, now),
        "until": moment(details.until, now) if details.until else "",
        "by": details.by,
        "fault": details.fault,
        "times": str(notice.times),
        "count": str(details.count),
        "answers": phrases.answers(details.count),
        "next": display_name(other_names[0]) if other_names else "",
        "serving": ", ".join(
            f"{display_name(name)} ({phrases.to_be_tried})" if name in details.to_be_tried else display_name(name)
            for name in details.serving
        ),
        "refill_at": phrases.refill_at.format(url=details.refill_at) if details.refill_at else phrases.refill_elsewhere,
        "spent": f"{details.spent_usd:.2f}",
        "limit": f"{details.limit_usd:.2f}",
        "vendor": f"{details.vendor_usd:.2f}",
        "before": f"{details.before_usd:.2f}",
        "period": phrases.periods.get(details.watch, ""),
        "model": details.model,
        "routes": ", ".join(details.routes) or phrases.no_route,
        "scope": _scope(notice, phrases),
        "balance": phrases.unknown if details.balance_usd is None else f"{details.balance_usd:.2f} USD",
        "left": phrases.unknown if details.hours_left is None else phrases.left(details.hours_left),
    }


def _scope(notice: Notice, phrases: Phrases) -> str:
    """Whose spending a rule looks at."""
    provider, route = display_name(notice.details.provider), notice.details.route
    if provider and route:
        return phrases.of_both.format(route=route, provider=provider)
    return phrases.of_route.format(route=route) if route else provider or phrases.everybody


def display_name(name: str) -> str:
    """A provider's name as operators read it."""
    return NAMES.get(name, name)


def moment(at: datetime, now: datetime) -> str:
    """A time of today as "14:02 UTC", of another day with its date. Both must be in UTC."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"
