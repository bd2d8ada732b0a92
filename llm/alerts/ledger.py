"""The ledger of what was told, and the alerts that go with a change of it. Synchronous ORM; sending is not here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from llm.alerts.decide import Event, Ledger, Line, Notice, Subject, Told, Topic
from llm.alerts.wording import Wording
from llm.models import Alert, AlertDelivery, AlertLedger

log = structlog.get_logger(__name__)

LEDGER = 1
"""The key of the one row."""

KEPT = timedelta(days=90)
"""How long alerts are kept, for whoever looks back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedLedger:
    ledger: Ledger
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A notice with the words in which it is told."""

    notice: Notice
    wording: Wording


def read_ledger() -> VersionedLedger:
    """The ledger as it stands. One that makes no sense (edited by hand) counts as empty."""
    row, _made = AlertLedger.objects.get_or_create(pk=LEDGER)
    try:
        return VersionedLedger(ledger=load(row.value), version=row.version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.error("alert_ledger_unusable", error=repr(error))
        return VersionedLedger(ledger=Ledger(), version=row.version)


def record(
    before: VersionedLedger, after: Ledger, alerts: Sequence[Worded], channels: Sequence[str], *, now: datetime
) -> bool:
    """Writes the new ledger and puts its alerts on their way; False, and nothing, when another worker was faster."""
    with transaction.atomic():
        won = AlertLedger.objects.filter(pk=LEDGER, version=before.version).update(
            version=before.version + 1, value=dump(after)
        )
        if not won:
            return False
        for alert in alerts:
            row = _row(alert, now)
            for channel in channels:
                AlertDelivery.objects.create(alert=row, channel=channel, next_at=now)
        if alerts:
            Alert.objects.filter(created_at__lt=now - KEPT).delete()
        return True


def _row(alert: Worded, now: datetime) -> Alert:
    notice, wording = alert.notice, alert.wording
    return Alert.objects.create(
        created_at=now,
        event=str(notice.event),
        provider=notice.subject.name,
        reason=notice.details.reason,
        at=notice.at,
        since=notice.since,
        until=notice.details.until,
        times=notice.times,
        reminder=notice.reminder,
        title=wording.title[:200],
        summary=wording.summary,
        action=wording.action,
    )


def dump(ledger: Ledger) -> dict[str, Any]:
    """The ledger as JSON values. Times are ISO 8601 in UTC."""
    return {"began": _text(ledger.began), "lines": [_dump_line(line) for line in ledger.lines]}


def _dump_line(line: Line) -> dict[str, Any]:
    return {
        "topic": str(line.subject.topic),
        "name": line.subject.name,
        "active": line.active,
        "rank": line.rank,
        "since": _text(line.since),
        "times": line.times,
        "reminded_at": _text(line.reminded_at),
        "counted_until": line.counted_until.isoformat(),
        "told": {str(told.event): told.at.isoformat() for told in line.told},
    }


def load(value: dict[str, Any]) -> Ledger:
    """The ledger that `dump` wrote; an empty object is a new one.

    Raises AttributeError, KeyError, TypeError or ValueError for anything else.
    """
    if not value:
        return Ledger()
    return Ledger(began=_time(value["began"]), lines=tuple(_load_line(line) for line in value["lines"]))


def _load_line(line: dict[str, Any]) -> Line:
    return Line(
        subject=Subject(topic=Topic(line["topic"]), name=str(line["name"])),
        active=bool(line["active"]),
        rank=int(line["rank"]),
        since=_time(line["since"]),
        times=int(line["times"]),
        reminded_at=_time(line["reminded_at"]),
        counted_until=datetime.fromisoformat(line["counted_until"]),
        told=tuple(Told(event=Event(event), at=datetime.fromisoformat(at)) for event, at in line["told"].items()),
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
