"""The outbox of alerts: leases the next delivery of a channel, and records how sending it ended.

Each channel sends in order: a pending delivery blocks all later ones. A holder that dies may already
have sent its delivery: that one is tried once more and then given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet

from llm.ids import uuid7
from llm.models import Alert, AlertDelivery

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
"""Longer than any channel's timeout, so an expired lease means a dead holder."""

BACKOFF_S = (10.0, 30.0, 120.0, 300.0)
"""Seconds before the second to the fifth try: about eight minutes, enough for a restart of the receiver."""

MAX_TRIES = len(BACKOFF_S) + 1
STALE = timedelta(hours=1)
"""An older delivery is tried once, which spares a channel that recovers after a day a flood of retries."""

LOST_MAX = 1

Status = AlertDelivery.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery leased to the caller. `last`: a failure of this try gives the delivery up."""

    id: int
    holder: str
    tries: int
    last: bool
    alert: Alert


def lease(channel: str, now: datetime) -> Leased | None:
    """Leases the channel's next delivery; None when it is missing, not yet due, or leased to another worker."""
    while True:
        row = AlertDelivery.objects.filter(status=Status.PENDING, channel=channel).select_related("alert").first()
        if row is None or row.next_at > now or (row.held_until is not None and now < row.held_until):
            return None
        lost = row.lost + int(bool(row.holder))
        unchanged = AlertDelivery.objects.filter(pk=row.pk, status=Status.PENDING, holder=row.holder, tries=row.tries)
        if lost > LOST_MAX or row.tries >= MAX_TRIES:
            if unchanged.update(status=Status.GIVEN_UP, holder="", held_until=None, lost=lost, ended_at=now):
                _given_up(channel, row.alert, row.tries, row.error or "the worker died while sending it")
            continue
        holder = str(uuid7())
        if not unchanged.update(holder=holder, held_until=now + LEASE, tries=row.tries + 1, lost=lost):
            return None
        last = row.tries + 1 >= MAX_TRIES or now - row.alert.created_at > STALE
        return Leased(id=row.pk, holder=holder, tries=row.tries + 1, last=last, alert=row.alert)


def sent(delivery: Leased, now: datetime) -> None:
    """Records the delivery as sent."""
    _leased(delivery).update(status=Status.SENT, holder="", held_until=None, error="", ended_at=now)


def failed(delivery: Leased, channel: str, error: str, now: datetime) -> None:
    """Schedules the next try, or gives the delivery up after its last one. `error` must contain no secrets."""
    error = error[:200]
    if delivery.last:
        if _leased(delivery).update(status=Status.GIVEN_UP, holder="", held_until=None, error=error, ended_at=now):
            _given_up(channel, delivery.alert, delivery.tries, error)
        return
    next_at = now + timedelta(seconds=BACKOFF_S[delivery.tries - 1])
    if _leased(delivery).update(holder="", held_until=None, error=error, next_at=next_at):
        log.warning(
            "alert_delayed",
            channel=channel,
            alert=delivery.alert.event,
            tries=delivery.tries,
            error=error,
            next_at=next_at,
        )


def forget_other_channels(channels: tuple[str, ...], now: datetime) -> None:
    """Gives up the pending deliveries of channels that are no longer configured."""
    orphans = AlertDelivery.objects.filter(status=Status.PENDING).exclude(channel__in=channels)
    if orphans.exists():  # rare, and an update without rows would still take the write lock
        orphans.update(
            status=Status.GIVEN_UP, holder="", held_until=None, error="the channel is switched off", ended_at=now
        )


def _leased(delivery: Leased) -> QuerySet[AlertDelivery]:
    return AlertDelivery.objects.filter(pk=delivery.id, status=Status.PENDING, holder=delivery.holder)


def _given_up(channel: str, alert: Alert, tries: int, error: str) -> None:
    log.error("alert_given_up", channel=channel, alert=alert.event, provider=alert.provider, tries=tries, error=error)
