"""Stores the ledger of notices, and with each change its alerts. Sending: `llm.alerts.send`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from llm.alerts.decide import Ledger, Line, Notice, Notified, Subject
from llm.alerts.events import Event, Topic
from llm.alerts.wording import Wording
from llm.models import Alert, AlertDelivery, AlertLedger

log = structlog.get_logger(__name__)

LEDGER = 1
"""The key of the one row."""

KEPT = timedelta(days=90)
"""How long alerts are kept for operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedLedger:
    """A ledger with the version of its row, for the compare-and-set of `record`."""

    ledger: Ledger
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedNotice:
    """A notice with its wording."""

    notice: Notice
    wording: Wording


def read_ledger() -> VersionedLedger:
    """The current ledger. An invalid one (edited by hand) is logged and counts as empty."""
    row, _made = AlertLedger.objects.get_or_create(pk=LEDGER)
    return _read(row)


def _read(row: AlertLedger) -> VersionedLedger:
    try:
        return VersionedLedger(ledger=load(row.value), version=row.version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.error("alert_ledger_unusable", error=repr(error))
        return VersionedLedger(ledger=Ledger(), version=row.version)


def open_lines() -> tuple[Line, ...]:
    """The lines of conditions that were notified and have not ended, oldest first. Reads one row and writes none."""
    row = AlertLedger.objects.filter(pk=LEDGER).first()
    if row is None:
        return ()
    lines = (line for line in _read(row).ledger.lines if line.active)
    return tuple(sorted(lines, key=lambda line: line.since.isoformat() if line.since else ""))


def record(
    before: VersionedLedger,
    after: Ledger,
    alerts: Sequence[WordedNotice],
    channels: Sequence[str],
    *,
    now: datetime,
    muted: Collection[Subject] = (),
) -> bool:
    """Writes the ledger with its alerts and deliveries. False, and no change, when another worker wrote first.

    Alerts about `muted` subjects are stored without a delivery.
    """
    with transaction.atomic():
        updated = AlertLedger.objects.filter(pk=LEDGER, version=before.version).update(
            version=before.version + 1, value=dump(after)
        )
        if not updated:
            return False
        for alert in alerts:
            row = as_row(alert, now)
            row.muted = alert.notice.subject in muted
            row.save()
            for channel in () if row.muted else channels:
                AlertDelivery.objects.create(alert=row, channel=channel, next_at=now)
        if alerts:
            Alert.objects.filter(created_at__lt=now - KEPT).delete()
        return True


def as_row(alert: WordedNotice, now: datetime) -> Alert:
    """The notice as an unsaved row."""
    notice, wording = alert.notice, alert.wording
    return Alert(
        created_at=now,
        event=str(notice.event),
        provider=notice.subject.name if notice.subject.topic is Topic.PROVIDER else "",
        reason=notice.details.reason,
        at=notice.at,
        since=notice.since,
        until=notice.details.until,
        times=notice.times,
        reminder=notice.reminder,
        topic=str(notice.subject.topic),
        subject=notice.subject.name[:200],
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
        "told": {str(notified.event): notified.at.isoformat() for notified in line.notified},
    }


def load(value: dict[str, Any]) -> Ledger:
    """Reads the ledger that `dump` wrote; an empty object is a new ledger.

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
        notified=tuple(
            Notified(event=Event(event), at=datetime.fromisoformat(at)) for event, at in line["told"].items()
        ),
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
