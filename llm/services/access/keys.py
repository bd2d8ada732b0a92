"""Issues, rotates and revokes keys for people, who gain no rights by it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from llm.models import Consumer, ConsumerKey
from llm.services.access.rights import Account, may_issue_key
from llm.stores.config import keys


class MayNotIssue(Exception):
    """The maker would gain rights by this key."""

    def __init__(self) -> None:
        super().__init__("A key has its user's rights: only superusers make keys for other staff.")


def issue(
    maker: Account | None,
    consumer: Consumer,
    *,
    name: str = "",
    expires_at: datetime | None = None,
    bounds: dict[str, Any] | None = None,
) -> tuple[ConsumerKey, str]:
    """A new key of the consumer and its secret. `maker` None: whoever has the machine. Raises MayNotIssue."""
    judge_maker(maker, consumer.user)
    return keys.create(consumer.user, name, expires_at, consumer=consumer, bounds=bounds)


def rotate(maker: Account | None, key: ConsumerKey, grace: timedelta = keys.GRACE) -> tuple[ConsumerKey, str]:
    """A new secret for the key, which only who may issue such a key gets to see. Raises MayNotIssue."""
    judge_maker(maker, key.user)
    return keys.rotate(key, grace)


def revoke_all(rows: Sequence[ConsumerKey]) -> list[ConsumerKey]:
    """Revokes those that are not revoked yet, and returns them."""
    return [keys.revoke(row) for row in rows if row.revoked_at is None]


def judge_maker(maker: Account | None, owner: User) -> None:
    """Raises MayNotIssue when `maker` may not have a key that acts for `owner`."""
    if maker is not None and not may_issue_key(maker, owner):
        raise MayNotIssue
