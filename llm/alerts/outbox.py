"""The outbox of alerts: which delivery is next in a channel, who is sending it, and how that ended.

A channel sends in order: while its oldest delivery is pending, none after it is sent. A holder that
dies with a delivery has perhaps sent it, so that one is tried once more and not again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet

from llm.ids import uuid7
from llm.models import Alert, AlertDelivery

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
"""Longer than any channel may take, so that a lease that is over means a holder that died."""

BACKOFF_S = (10.0, 30.0, 120.0, 300.0)
"""Seconds before the second to the fifth try: about eight minutes in all, as long as a restart of a receiver takes."""

MAX_TRIES = len(BACKOFF_S) + 1
STALE = timedelta(hours=1)
"""A delivery that has waited so long is tried once: a channel that comes back after a day is not flooded."""

LOST_MAX = 1

Status = AlertDelivery.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery that the caller alone may send now. `last`: when this try fails, there is no other."""

    id: int
    holder: str
    tries: int
    last: bool
    alert: Alert


def take(channel: str, now: datetime) -> Leased | None:
    """Leases the channel's next delivery; None when there is none, it is not yet due, or somebody has it."""
    while True:
        row = AlertDelivery.objects.filter(status=Status.PENDING, channel=channel).select_related("alert").first()
        if row is None or row.next_at > now or (row.held_until is not None and now < row.held_until):
            return None
        lost = row.lost + int(bool(row.holder))
        mine = AlertDelivery.objects.filter(pk=row.pk, status=Status.PENDING, holder=row.holder, tries=row.tries)
        if lost > LOST_MAX or row.tries >= MAX_TRIES:
            if mine.update(status=Status.GIVEN_UP, holder="", held_until=None, lost=lost, ended_at=now):
                _given_up(channel, row.alert, row.tries, row.error or "the worker died while sending it")
            continue
        holder = str(uuid7())
        if not mine.update(holder=holder, held_until=now + LEASE, tries=row.tries + 1, lost=lost):
            return None
        last = row.tries + 1 >= MAX_TRIES or now - row.alert.created_at > STALE
        return Leased(id=row.pk, holder=holder, tries=row.tries + 1, last=last, alert=row.alert)


def sent(held: Leased, now: datetime) -> None:
    """Ends the delivery well."""
    _mine(held).update(status=Status.SENT, holder="", held_until=None, error="", ended_at=now)


def failed(held: Leased, channel: str, error: str, now: datetime) -> None:
    """Puts the delivery off, or gives it up when this was its last try. `error` must be free of secrets."""
    error = error[:200]
    if held.last:
        if _mine(held).update(status=Status.GIVEN_UP, holder="", held_until=None, error=error, ended_at=now):
            _given_up(channel, held.alert, held.tries, error)
        return
    next_at = now + timedelta(seconds=BACKOFF_S[held.tries - 1])
    if _mine(held).update(holder="", held_until=None, error=error, next_at=next_at):
        log.warning(
            "alert_delayed", channel=channel, alert=held.alert.event, tries=held.tries, error=error, next_at=next_at
        )


def forget_other_channels(channels: tuple[str, ...], now: datetime) -> None:
    """Gives up what waits for channels that are not configured any more."""
    left = AlertDelivery.objects.filter(status=Status.PENDING).exclude(channel__in=channels)
    if left.exists():  # nearly never: no write lock for nothing
        left.update(
            status=Status.GIVEN_UP, holder="", held_until=None, error="the channel is switched off", ended_at=now
        )


def _mine(held: Leased) -> QuerySet[AlertDelivery]:
    return AlertDelivery.objects.filter(pk=held.id, status=Status.PENDING, holder=held.holder)


def _given_up(channel: str, alert: Alert, tries: int, error: str) -> None:
    log.error("alert_given_up", channel=channel, alert=alert.event, provider=alert.provider, tries=tries, error=error)
