"""The database rows of Idempotency-Keys: the current holder of a key, and its answer.

The unique digest gives a key one holder among concurrent requests of all processes.
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
"""How long a key stays claimed without a renewal. A live holder renews; the lease of a dead one expires."""

BATCH = 500
TRIES = 5


class ClaimResult(StrEnum):
    """The result of a claim on a key without a kept answer."""

    ACQUIRED = "mine"
    BUSY = "busy"
    DIFFERENT_BODY = "other"
    """An earlier request used the key with another body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One request's claim on a key. `holder` is unique to the request."""

    scope: Scope
    holder: str


def claim(own_claim: Claim, fingerprint: str, now: datetime) -> KeptAnswer | ClaimResult:
    """Returns the kept answer or the result of the claim. Leases a free or expired key to the holder."""
    for _ in range(TRIES):
        row = IdempotentAnswer.objects.filter(digest=own_claim.scope.digest).first()
        if row is None:
            if _insert(own_claim, fingerprint, now):
                return ClaimResult.ACQUIRED
        elif row.expires_at > now and row.fingerprint != fingerprint:
            return ClaimResult.DIFFERENT_BODY
        elif row.expires_at > now and row.status is None:
            return ClaimResult.BUSY
        elif row.expires_at > now and (answer := _answer(row)) is not None:
            return answer
        elif _take_over(row, own_claim, fingerprint, now):
            return ClaimResult.ACQUIRED
    return ClaimResult.BUSY


def _insert(claim: Claim, fingerprint: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(
                user_id=claim.scope.user_id,
                digest=claim.scope.digest,
                fingerprint=fingerprint,
                holder=claim.holder,
                created_at=now,
                expires_at=now + LEASE,
            )
    except IntegrityError:
        return False  # another request inserted the digest first
    return True


def _take_over(row: IdempotentAnswer, claim: Claim, fingerprint: str, now: datetime) -> bool:
    # A holder that renews after the row was read keeps its key: the expiry no longer matches.
    unchanged = IdempotentAnswer.objects.filter(pk=row.pk, holder=row.holder, expires_at=row.expires_at)
    updated = unchanged.update(
        fingerprint=fingerprint,
        holder=claim.holder,
        status=None,
        headers={},
        body="",
        created_at=now,
        expires_at=now + LEASE,
    )
    return bool(updated)


def keep(claim: Claim, answer: KeptAnswer, now: datetime) -> bool:
    """Stores the answer; False when another request has taken over the lease."""
    updated = _leased(claim).update(
        holder="",
        status=answer.status,
        headers=dict(answer.headers),
        body=secrets.encrypt_bytes(zlib.compress(answer.body)),
        expires_at=now + timedelta(seconds=KEPT_S),
    )
    return bool(updated)


def renew(claim: Claim, now: datetime) -> None:
    """Extends the lease by its full length from `now`."""
    _leased(claim).update(expires_at=now + LEASE)


def release(claim: Claim) -> None:
    """Frees the key: the next request with it runs as a new one."""
    _leased(claim).delete()


def prune(now: datetime) -> int:
    """Deletes expired rows in batches; returns their number."""
    deleted = 0
    while True:
        ids = list(IdempotentAnswer.objects.filter(expires_at__lte=now).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return deleted
        # The expiry is tested again: a key may have been claimed anew since the ids were read.
        count, _ = IdempotentAnswer.objects.filter(pk__in=ids, expires_at__lte=now).delete()
        deleted += count


def _leased(claim: Claim) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(digest=claim.scope.digest, holder=claim.holder)


def _answer(row: IdempotentAnswer) -> KeptAnswer | None:
    try:
        body = zlib.decompress(secrets.decrypt_bytes(row.body))
    except secrets.SecretUnreadable:
        log.warning("idempotent_answer_unreadable", key=row.digest[:12], meaning="the request runs again")
        return None
    return KeptAnswer(status=row.status or 0, headers=row.headers, body=body)
