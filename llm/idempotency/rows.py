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


class ClaimResult(StrEnum):
    """What a claim finds in place of an answer."""

    ACQUIRED = "mine"
    BUSY = "busy"
    DIFFERENT_BODY = "other"
    """The key came with another body before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One request's claim on a key; `holder` is an id of its own."""

    scope: Scope
    holder: str


def claim(claimed: Claim, fingerprint: str, now: datetime) -> KeptAnswer | ClaimResult:
    """The kept answer, or whose turn it is. Leases the key to the mark when nobody has it."""
    for _ in range(TRIES):
        row = IdempotentAnswer.objects.filter(digest=claimed.scope.digest).first()
        if row is None:
            if _insert(claimed, fingerprint, now):
                return ClaimResult.ACQUIRED
        elif row.expires_at > now and row.fingerprint != fingerprint:
            return ClaimResult.DIFFERENT_BODY
        elif row.expires_at > now and row.status is None:
            return ClaimResult.BUSY
        elif row.expires_at > now and (answer := _answer(row)) is not None:
            return answer
        elif _take_over(row, claimed, fingerprint, now):
            return ClaimResult.ACQUIRED
    return ClaimResult.BUSY


def _insert(claimed: Claim, fingerprint: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(
                user_id=claimed.scope.user_id,
                digest=claimed.scope.digest,
                fingerprint=fingerprint,
                holder=claimed.holder,
                created_at=now,
                expires_at=now + LEASE,
            )
    except IntegrityError:
        return False  # somebody was quicker
    return True


def _take_over(row: IdempotentAnswer, claimed: Claim, fingerprint: str, now: datetime) -> bool:
    seen = IdempotentAnswer.objects.filter(pk=row.pk, holder=row.holder, expires_at=row.expires_at)
    changed = seen.update(
        fingerprint=fingerprint,
        holder=claimed.holder,
        status=None,
        headers={},
        body="",
        created_at=now,
        expires_at=now + LEASE,
    )
    return bool(changed)


def keep(claimed: Claim, answer: KeptAnswer, now: datetime) -> bool:
    """Stores the answer; False when the lease was lost to somebody else."""
    changed = _held(claimed).update(
        holder="",
        status=answer.status,
        headers=dict(answer.headers),
        body=secrets.encrypt_bytes(zlib.compress(answer.body)),
        expires_at=now + timedelta(seconds=KEPT_S),
    )
    return bool(changed)


def renew(claimed: Claim, now: datetime) -> None:
    """Holds the key for another lease."""
    _held(claimed).update(expires_at=now + LEASE)


def release(claimed: Claim) -> None:
    """Frees the key: the next request that brings it is a new one."""
    _held(claimed).delete()


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


def _held(claimed: Claim) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(digest=claimed.scope.digest, holder=claimed.holder)


def _answer(row: IdempotentAnswer) -> KeptAnswer | None:
    try:
        body = zlib.decompress(secrets.decrypt_bytes(row.body))
    except secrets.SecretUnreadable:
        log.warning("idempotent_answer_unreadable", key=row.digest[:12], meaning="the request is answered anew")
        return None
    return KeptAnswer(status=row.status or 0, headers=row.headers, body=body)
