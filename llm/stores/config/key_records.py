"""Reads the keys in force, with what authentication needs of their users, consumers and teams."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Q

from llm.core.consumers.rights import Holder, KeyRights
from llm.core.routing.config import KeyRecord
from llm.models import ConsumerKey
from llm.models.rights import Bounded

LISTS = ("routes", "providers", "models", "endpoints", "networks")


def read_keys() -> dict[str, KeyRecord]:
    """The keys by the digests of their secrets: a key that is being rotated is there twice."""
    now = datetime.now(UTC)
    alive = Q(expires_at=None) | Q(expires_at__gt=now)
    rows = list(ConsumerKey.objects.filter(alive, revoked_at=None).select_related("user", "consumer__team"))
    staff = {row.user_id: row.user for row in rows if row.user.is_staff}
    permissions = {pk: frozenset(user.get_all_permissions()) for pk, user in staff.items()}
    records = {}
    for row in rows:
        allowed = permissions.get(row.user_id, frozenset())
        records[row.digest] = _record(row, allowed, row.expires_at)
        if row.previous_digest and row.previous_until is not None and row.previous_until > now:
            end = min(row.previous_until, row.expires_at or row.previous_until)
            records[row.previous_digest] = _record(row, allowed, end, is_previous=True)
    return records


def _record(
    row: ConsumerKey, permissions: frozenset[str], expires_at: datetime | None, *, is_previous: bool = False
) -> KeyRecord:
    return KeyRecord(
        id=str(row.pk),
        user_id=row.user_id,
        username=row.user.get_username(),
        is_staff=row.user.is_staff,
        is_active=row.user.is_active,
        name=row.name,
        expires_at=expires_at,
        permissions=permissions,
        consumer=row.consumer.name,
        is_enabled=row.consumer.enabled,
        team=row.consumer.team.name if row.consumer.team else "",
        rights=tuple(_bounds(row)),
        is_previous=is_previous,
    )


def _bounds(row: ConsumerKey) -> Iterator[KeyRights]:
    holders = ((Holder.KEY, row), (Holder.CONSUMER, row.consumer), (Holder.TEAM, row.consumer.team))
    for holder, holding in holders:
        if holding is not None and (rights := rights_of(holding, holder)) != KeyRights(holder=holder):
            yield rights


def rights_of(row: Bounded, holder: Holder) -> KeyRights:
    """The bounds of a row as a value."""
    return KeyRights(
        holder=holder,
        **{name: tuple(getattr(row, name)) for name in LISTS},
        max_tokens=row.max_tokens,
        streaming=row.streaming,
        not_before=row.not_before,
        not_after=row.not_after,
    )
