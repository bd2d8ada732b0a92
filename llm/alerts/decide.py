"""Which conditions operators are told of, and when: once while they last, gathered when they flap, closed in the end.

Decisions only: what the conditions are is seen in `llm.alerts.conditions`, how they are told in
`llm.alerts.wording`. Three rules: a condition is told again only as a reminder or when it has become
worse; the same event of the same subject is never told twice within `gather_s`, but with a count
afterwards; an end is told only of what was told, or of what came and went between two looks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Event(StrEnum):
    """What a notice is about, as webhook receivers see it."""

    PROVIDER_OPENED = "provider_opened"
    CREDIT_EXHAUSTED = "credit_exhausted"
    PROVIDER_RECOVERED = "provider_recovered"
    ALL_DOWN = "all_providers_down"
    SOME_BACK = "providers_back"
    STATIC_SERVING = "static_serving"
    STATIC_OVER = "static_over"
    BUDGET_SPENT = "probe_budget_spent"
    BUDGET_RENEWED = "probe_budget_renewed"


class Topic(StrEnum):
    """What is watched."""

    PROVIDER = "provider"
    ALL_DOWN = "all_down"
    STATIC = "static"
    PROBE_BUDGET = "probe_budget"


ENDINGS: dict[Topic, Event] = {
    Topic.PROVIDER: Event.PROVIDER_RECOVERED,
    Topic.ALL_DOWN: Event.SOME_BACK,
    Topic.STATIC: Event.STATIC_OVER,
    Topic.PROBE_BUDGET: Event.BUDGET_RENEWED,
}

REMOVED = "removed"
"""The reason of an end that is none: the provider does not exist any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """Seconds. `gather_s`: at most one notice of an event and subject in this time. `reminder_s`: of what goes on."""

    gather_s: float = 600.0
    reminder_s: float = 6 * 3600.0


DEFAULT_POLICY = AlertPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a condition is about; `name` is a provider's, and empty for the other topics."""

    topic: Topic
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the wording needs beside the event. Money in USD; `serving`: who can answer, the first one first."""

    reason: str = ""
    until: datetime | None = None
    by: str = ""
    count: int = 0
    refill_at: str = ""
    spent_usd: float = 0.0
    limit_usd: float = 0.0
    serving: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A subject as it is now: in trouble (`on`) or not.

    `event` is what to tell while it is on; `rank` grows with the need for somebody to act. `since` is
    when the present side began, when that is known. `starts` are the recent moments at which it came
    on, oldest first.
    """

    subject: Subject
    on: bool
    event: Event
    rank: int = 0
    since: datetime | None = None
    starts: tuple[datetime, ...] = ()
    details: Details = Details()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. `at`: when it happened; `since`: when the trouble began; `times`: how often it came on."""

    subject: Subject
    event: Event
    at: datetime
    since: datetime
    times: int = 1
    reminder: bool = False
    brief: bool = False
    """It came and went between two looks, or within the time in which notices are gathered."""
    details: Details = Details()

    @property
    def ends(self) -> bool:
        return self.event is ENDINGS[self.subject.topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    event: Event
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What has been told of one subject. `active`: its trouble was told, its end was not."""

    subject: Subject
    active: bool = False
    rank: int = 0
    since: datetime | None = None
    times: int = 0
    reminded_at: datetime | None = None
    counted_until: datetime
    told: tuple[Told, ...] = ()

    def may_tell(self, event: Event, now: datetime, policy: AlertPolicy) -> bool:
        """Whether enough time has passed since this event was told last."""
        last = next((told.at for told in self.told if told.event is event), None)
        return last is None or now - last >= timedelta(seconds=policy.gather_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Everything that has been told. `began`: what came before is not counted."""

    began: datetime | None = None
    lines: tuple[Line, ...] = ()

    def line(self, subject: Subject) -> Line | None:
        return next((line for line in self.lines if line.subject == subject), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The ledger as it will be when the notices, in their order, are on their way."""

    ledger: Ledger
    notices: tuple[Notice, ...] = ()


def decide(
    ledger: Ledger, conditions: Sequence[Condition], now: datetime, policy: AlertPolicy = DEFAULT_POLICY
) -> Decision:
    """What to tell now. Deciding again on the result, with nothing new, tells nothing."""
    began = ledger.began or now
    lines, notices = [], []
    for condition in (*conditions, *_vanished(ledger, conditions)):
        line = ledger.line(condition.subject) or Line(subject=condition.subject, counted_until=began)
        line, notice = _turn(line, condition, now, policy)
        if notice is not None:
            notices.append(notice)
        if line.told:
            lines.append(line)
    return Decision(ledger=Ledger(began=began, lines=tuple(lines)), notices=tuple(notices))


def _vanished(ledger: Ledger, conditions: Iterable[Condition]) -> list[Condition]:
    """The ends of what was told and is not watched any more."""
    watched = {condition.subject for condition in conditions}
    return [
        Condition(
            subject=line.subject,
            on=False,
            event=ENDINGS[line.subject.topic],
            details=Details(reason=REMOVED),
        )
        for line in ledger.lines
        if line.active and line.subject not in watched
    ]


def _turn(line: Line, seen: Condition, now: datetime, policy: AlertPolicy) -> tuple[Line, Notice | None]:
    new = tuple(start for start in seen.starts if start > line.counted_until)
    if seen.on and not line.active:
        return _begin(line, seen, new, now, policy)
    if seen.on:
        return _go_on(line, seen, new, now, policy)
    if line.active or new:
        return _end(line, seen, new, now, policy)
    return line, None


def _begin(
    line: Line, seen: Condition, new: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    if not line.may_tell(seen.event, now, policy):
        return line, None
    since = seen.since or (new[-1] if new else now)
    times = max(1, len(new))
    first = min([since, *new])
    notice = Notice(subject=seen.subject, event=seen.event, at=since, since=first, times=times, details=seen.details)
    line = replace(line, active=True, rank=seen.rank, since=first, times=times)
    return _noted(line, seen, notice, now), notice


def _go_on(
    line: Line, seen: Condition, new: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    if not line.may_tell(seen.event, now, policy):
        return line, None
    worse = seen.rank > line.rank
    due = line.reminded_at is None or now - line.reminded_at >= timedelta(seconds=policy.reminder_s)
    if not (worse or due):
        return line, None
    since, times = line.since or now, line.times + len(new)
    notice = Notice(
        subject=seen.subject,
        event=seen.event,
        at=now if worse else since,  # the outage is older than what has made it worse
        since=since,
        times=times,
        reminder=not worse,
        details=seen.details,
    )
    return _noted(replace(line, rank=seen.rank, times=times), seen, notice, now), notice


def _end(
    line: Line, seen: Condition, new: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    event = ENDINGS[seen.subject.topic]
    if not line.may_tell(event, now, policy):
        return line, None
    at = seen.since or now
    notice = Notice(
        subject=seen.subject,
        event=event,
        at=at,
        since=(line.since if line.active else None) or (new[0] if new else at),
        times=len(new) + (line.times if line.active else 0),
        brief=not line.active,
        details=seen.details,
    )
    line = replace(line, active=False, rank=0, since=None, times=0)
    return _noted(line, seen, notice, now), notice


def _noted(line: Line, seen: Condition, notice: Notice, now: datetime) -> Line:
    """The line after the notice. A start that another machine's faster clock puts ahead of us counts as counted."""
    others = tuple(told for told in line.told if told.event is not notice.event)
    return replace(
        line,
        reminded_at=now,
        counted_until=max([now, *seen.starts]),
        told=(*others, Told(event=notice.event, at=now)),
    )
