"""Mutes: subjects of which an operator wants to hear nothing for some hours."""

from datetime import datetime, timedelta

import structlog

from llm.alerts.decide import Subject
from llm.alerts.events import Topic
from llm.models import AlertMute

log = structlog.get_logger(__name__)

HOURS = (1, 4, 24)
"""How long a mute may last."""


def mute(subject: Subject, hours: int, *, by: str, now: datetime) -> AlertMute:
    """Mutes the subject from now on, in place of an earlier mute. Raises ValueError for other hours than HOURS."""
    if hours not in HOURS:
        raise ValueError(f"hours must be one of {', '.join(map(str, HOURS))}")
    row, _ = AlertMute.objects.update_or_create(
        topic=str(subject.topic), subject=subject.name[:200], defaults={"until": now + timedelta(hours=hours), "by": by}
    )
    log.info("alert_muted", topic=str(subject.topic), subject=subject.name, until=row.until.isoformat(), by=by)
    return row


def unmute(subject: Subject, *, by: str) -> bool:
    """Ends the mute; False when there was none."""
    deleted, _ = AlertMute.objects.filter(topic=str(subject.topic), subject=subject.name[:200]).delete()
    log.info("alert_unmuted", topic=str(subject.topic), subject=subject.name, by=by)
    return bool(deleted)


def mutes(now: datetime) -> dict[Subject, AlertMute]:
    """The mutes in force."""
    rows = AlertMute.objects.filter(until__gt=now, topic__in=list(Topic))
    return {Subject(topic=Topic(row.topic), name=row.subject): row for row in rows}


def muted_subjects(now: datetime) -> frozenset[Subject]:
    """The subjects that are muted now."""
    return frozenset(mutes(now))
