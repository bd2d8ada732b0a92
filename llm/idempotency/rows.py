"""The rows behind Idempotency-Keys: who works on a key, and its answer. Synchronous; one step, one transaction.

A unique digest makes one holder of many that come at once, whichever process they are in.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from llm.idempotency.keys import KEPT_S, KeptAnswer, Scope
from llm.models import IdempotentAnswer
from llm.stores import secrets

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)
"""How long a holder that says nothing may hold a key. It renews its lease while it works; only a dead one is late."""

BATCH = 500
TRIES = 5


class State(StrEnum):
    """What a claim finds in place of an answer."""

    MINE = "mine"
    BUSY = "busy"
    OTHER = "other"
    """The key came with another body before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One request's claim on a key; `holder` is an id of its own."""

    scope: Scope
    holder: str


def claim(mark: Mark, fingerprint: str, now: datetime) -> KeptAnswer | State:
    """The kept answer, or whose turn it is. Leases the key to the mark when nobody has it."""
    for _ in range(TRIES):
        row = IdempotentAnswer.objects.filter(digest=mark.scope.digest).first()
        if row is None:
            if _insert(mark, fingerprint, now):
                return State.MINE
        elif row.expires_at > now and row.fingerprint != fingerprint:
            return State.OTHER
        elif row.expires_at > now and row.status is None:
            return State.BUSY
        elif row.expires_at > now and (answer := _answer(row)) is not None:
            return answer
        elif _take_over(row, mark, fingerprint, now):
            return State.MINE
    return State.BUSY


def _insert(mark: Mark, fingerprint: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(
                user_id=mark.scope.user_id,
                digest=mark.scope.digest,
                fingerprint=fingerprint,
                holder=mark.holder,
                created_at=now,
                expires_at=now + LEASE,
            )
    except IntegrityError:
        return False  # somebody was quicker
    return True


def _take_over(row: IdempotentAnswer, mark: Mark, fingerprint: str, now: datetime) -> bool:
    seen = IdempotentAnswer.objects.filter(pk=row.pk, holder=row.holder, expires_at=row.expires_at)
    changed = seen.update(
        fingerprint=fingerprint,
        holder=mark.holder,
        status=None,
        headers={},
        body="",
        created_at=now,
        expires_at=now + LEASE,
    )
    return bool(changed)


def keep(mark: Mark, answer: KeptAnswer, now: datetime) -> bool:
    """Stores the answer; False when the lease was lost to somebody else."""
    changed = _held(mark).update(
        holder="",
        status=answer.status,
        headers=dict(answer.headers),
        body=secrets.encrypt_bytes(zlib.compress(answer.body)),
        expires_at=now + timedelta(seconds=KEPT_S),
    )
    return bool(changed)


def renew(mark: Mark, now: datetime) -> None:
    """Holds the key for another lease."""
    _held(mark).update(expires_at=now + LEASE)


def release(mark: Mark) -> None:
    """Frees the key: the next request that brings it is a new one."""
    _held(mark).delete()


def prune(now: datetime) -> int:
    """Deletes what is past its end, in batches; answers how many."""
    deleted = 0
    while True:
        ids = list(IdempotentAnswer.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return deleted
        # Not those that have been claimed anew in between.
        gone, _ = IdempotentAnswer.objects.filter(pk__in=ids, expires_at__lte=now).delete()
        deleted += gone


def _held(mark: Mark) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(digest=mark.scope.digest, holder=mark.holder)


def _answer(row: IdempotentAnswer) -> KeptAnswer | None:
    try:
        body = zlib.decompress(secrets.decrypt_bytes(row.body))
    except secrets.SecretUnreadable:
        log.warning("idempotent_answer_unreadable", key=row.digest[:12], meaning="the request is answered anew")
        return None
    return KeptAnswer(status=row.status or 0, headers=row.headers, body=body)
