"""Decides which conditions become notices, and when. Conditions: `conditions/`; wording: `wording.py`.

Three rules. A lasting condition is notified again only as a reminder or when it gets worse. Notices
of one event and subject are at least `gather_s` apart; the later one counts the events between them.
An ending is notified only after its beginning, or when the condition began and ended between two rounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from llm.alerts.events import ENDINGS, OF_ONE_HOST, ONCE, Event, Topic

REMOVED = "removed"
"""The reason of an ending without a recovery: the provider was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """Intervals in seconds. `gather_s`: between notices of one event and subject. `reminder_s`: between reminders."""

    gather_s: float = 600.0
    reminder_s: float = 6 * 3600.0


DEFAULT_POLICY = AlertPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The subject of a condition. `name`: the provider's, the wallet's, the rule's, the host's for its journal."""

    topic: Topic
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the wording needs beside the event. Money in USD; `serving`: available providers, in route order.

    `to_be_tried`: those of them that have no answer on record.
    """

    reason: str = ""
    until: datetime | None = None
    by: str = ""
    count: int = 0
    refill_at: str = ""
    spent_usd: float = 0.0
    limit_usd: float = 0.0
    serving: tuple[str, ...] = ()
    to_be_tried: tuple[str, ...] = ()
    balance_usd: float | None = None
    hours_left: float | None = None
    watch: str = ""
    """Of a spending rule: what it looks at. `provider` and `route`: whose spending, empty: all."""
    provider: str = ""
    route: str = ""
    before_usd: float = 0.0
    vendor_usd: float = 0.0
    """What the vendor reports of a day that cost `spent_usd` by our records."""
    fault: str = ""
    """What the operating system says of the journal's disk."""
    model: str = ""
    """A model that its vendor lists no more; `routes` may ask its provider."""
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The current state of a subject: in trouble (`on`) or well.

    `event` is notified while it is on; a higher `rank` needs an operator more. `since` is when the
    current state began, None when unknown. `starts` are the recent times of going on, oldest first.
    """

    subject: Subject
    on: bool
    event: Event
    rank: int = 0
    since: datetime | None = None
    starts: tuple[datetime, ...] = ()
    eased: bool = False
    """It got better for a reason since its last notice: its higher ranks are notified again when they come."""
    details: Details = Details()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to send. `at`: time of the event; `since`: start of the trouble; `times`: number of starts."""

    subject: Subject
    event: Event
    at: datetime
    since: datetime
    times: int = 1
    reminder: bool = False
    brief: bool = False
    """The condition began and ended between two rounds, or within `gather_s` of an earlier notice."""
    details: Details = Details()

    @property
    def ends(self) -> bool:
        return self.event is ENDINGS[self.subject.topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The last notice of an event."""

    event: Event
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The notices of one subject. `active`: its trouble was notified and its ending not yet."""

    subject: Subject
    active: bool = False
    rank: int = 0
    since: datetime | None = None
    times: int = 0
    reminded_at: datetime | None = None
    counted_until: datetime
    notified: tuple[Notified, ...] = ()

    def may_notify(self, event: Event, now: datetime, policy: AlertPolicy) -> bool:
        """Whether `gather_s` seconds have passed since the last notice of this event."""
        last = next((notified.at for notified in self.notified if notified.event is event), None)
        return last is None or now - last >= timedelta(seconds=policy.gather_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All notices so far, by subject. Starts before `began` are not counted."""

    began: datetime | None = None
    lines: tuple[Line, ...] = ()

    def line(self, subject: Subject) -> Line | None:
        return next((line for line in self.lines if line.subject == subject), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The notices to send, in order, and the ledger that includes them."""

    ledger: Ledger
    notices: tuple[Notice, ...] = ()


def decide(
    ledger: Ledger, conditions: Sequence[Condition], now: datetime, policy: AlertPolicy = DEFAULT_POLICY
) -> Decision:
    """Decides which notices to send now. Repeated on its own result, with no change, it sends none."""
    began = ledger.began or now
    lines, notices = _of_other_hosts(ledger, conditions, now, policy), []
    for condition in (*conditions, *_vanished(ledger, conditions)):
        line = ledger.line(condition.subject) or Line(subject=condition.subject, counted_until=began)
        line, notice = _advance(line, condition, now, policy)
        if notice is not None:
            notices.append(notice)
        if line.notified:
            lines.append(line)
    return Decision(ledger=Ledger(began=began, lines=tuple(lines)), notices=tuple(notices))


def _of_other_hosts(ledger: Ledger, conditions: Iterable[Condition], now: datetime, policy: AlertPolicy) -> list[Line]:
    """The lines that other hosts keep. A host that has sent no reminder for twice its time is gone, and forgotten."""
    watched = {condition.subject for condition in conditions}
    kept_s = 2 * policy.reminder_s
    return [
        line
        for line in ledger.lines
        if line.subject.topic in OF_ONE_HOST
        and line.subject not in watched
        and now - max(notified.at for notified in line.notified) < timedelta(seconds=kept_s)
    ]


def _vanished(ledger: Ledger, conditions: Iterable[Condition]) -> list[Condition]:
    """Endings for the active lines of subjects that are no longer watched."""
    watched = {condition.subject for condition in conditions}
    return [
        Condition(
            subject=line.subject,
            on=False,
            event=ENDINGS[line.subject.topic],
            details=Details(reason=REMOVED),
        )
        for line in ledger.lines
        if line.active and line.subject not in watched and line.subject.topic not in OF_ONE_HOST
    ]


def _advance(line: Line, condition: Condition, now: datetime, policy: AlertPolicy) -> tuple[Line, Notice | None]:
    new_starts = tuple(start for start in condition.starts if start > line.counted_until)
    if condition.on and not line.active:
        return _begin(line, condition, new_starts, now, policy)
    if condition.on:
        return _go_on(line, condition, new_starts, now, policy)
    if line.active or new_starts:
        return _end(line, condition, new_starts, now, policy)
    return line, None


def _begin(
    line: Line, condition: Condition, new_starts: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    if not line.may_notify(condition.event, now, policy):
        return line, None
    since = condition.since or (new_starts[-1] if new_starts else now)
    times = max(1, len(new_starts))
    first = min([since, *new_starts])
    notice = Notice(
        subject=condition.subject, event=condition.event, at=since, since=first, times=times, details=condition.details
    )
    line = replace(line, active=True, rank=condition.rank, since=first, times=times)
    return _with_notice(line, condition, notice, now), notice


def _go_on(
    line: Line, condition: Condition, new_starts: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    if condition.eased and condition.rank < line.rank:
        return replace(line, rank=condition.rank), None
    if not line.may_notify(condition.event, now, policy):
        return line, None
    worse = condition.rank > line.rank
    due = line.reminded_at is None or now - line.reminded_at >= timedelta(seconds=policy.reminder_s)
    if not worse and (not due or condition.subject.topic in ONCE):
        return line, None
    since, times = line.since or now, line.times + len(new_starts)
    notice = Notice(
        subject=condition.subject,
        event=condition.event,
        at=now if worse else since,  # it got worse later than it began
        since=since,
        times=times,
        reminder=not worse,
        details=condition.details,
    )
    return _with_notice(replace(line, rank=condition.rank, times=times), condition, notice, now), notice


def _end(
    line: Line, condition: Condition, new_starts: tuple[datetime, ...], now: datetime, policy: AlertPolicy
) -> tuple[Line, Notice | None]:
    event = ENDINGS[condition.subject.topic]
    if not line.may_notify(event, now, policy):
        return line, None
    at = condition.since or now
    notice = Notice(
        subject=condition.subject,
        event=event,
        at=at,
        since=(line.since if line.active else None) or (new_starts[0] if new_starts else at),
        times=len(new_starts) + (line.times if line.active else 0),
        brief=not line.active,
        details=condition.details,
    )
    line = replace(line, active=False, rank=0, since=None, times=0)
    return _with_notice(line, condition, notice, now), notice


def _with_notice(line: Line, condition: Condition, notice: Notice, now: datetime) -> Line:
    """The line with the notice added. Counts starts up to now, and later ones from machines with fast clocks."""
    others = tuple(notified for notified in line.notified if notified.event is not notice.event)
    return replace(
        line,
        reminded_at=now,
        counted_until=max([now, *condition.starts]),
        notified=(*others, Notified(event=notice.event, at=now)),
    )
