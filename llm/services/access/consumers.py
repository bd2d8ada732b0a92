"""Authentication of consumer keys against the configuration in memory, without a query."""

from dataclasses import dataclass
from datetime import UTC, datetime

from llm.core.calls import Caller
from llm.core.consumers.rights import KeyRights
from llm.core.routing.config import Config
from llm.models import ConsumerKey
from llm.services import portal
from llm.stores.config.keys import digest
from llm.stores.config.snapshot import config_store


class BadKey(Exception):
    """The bearer key of a request is unknown, revoked or expired, or its user is inactive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """An authenticated user: by a key, then `key_id` is set, or by a session."""

    user_id: int
    username: str
    is_staff: bool = False
    key_id: str | None = None
    key_name: str = ""
    permissions: frozenset[str] = frozenset()
    """Django's names of what a staff user may; empty for others."""
    name: str = ""
    """The consumer's name; a user's with a session."""
    team: str = ""
    rights: tuple[KeyRights, ...] = ()
    is_previous: bool = False
    """Whether the key came as the secret before its last rotation."""

    def caller(self, *, origin: str, request_id: str, tags: tuple[str, ...] = ()) -> Caller:
        """The consumer as the record of a call names it, with what binds the call."""
        return Caller(
            user_id=self.user_id,
            key_id=self.key_id,
            consumer=self.name or self.username,
            origin=origin,
            request_id=request_id,
            team=self.team,
            tags=tags,
            rights=self.rights,
        )


def key_state(key: ConsumerKey) -> str:
    """active, expired or revoked."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= datetime.now(UTC) else "active"


def bearer(authorization: str) -> str | None:
    """The key in an `Authorization` header's value; None when it holds no bearer token."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def authenticate(authorization: str) -> Consumer | None:
    """The consumer of an `Authorization` header's value; None when the header holds no bearer key.

    Raises BadKey for a key that is not valid, NotChecked when the database cannot be asked about it.
    """
    key = bearer(authorization)
    if key is None:
        return None
    key_digest = digest(key)
    try:
        return _consumer(key_digest, await config_store.current())
    except BadKey:  # made or changed elsewhere a moment ago, or before this process has loaded anything
        return _consumer(key_digest, await config_store.reload())


def authenticate_sync(authorization: str) -> Consumer | None:
    """`authenticate` for threads without a running event loop, with the same bounds."""
    if bearer(authorization) is None:
        return None
    return portal.run(lambda: authenticate(authorization))


def _consumer(key_digest: str, config: Config) -> Consumer:
    record = config.keys.get(key_digest)
    if record is None:
        raise BadKey("This API key is unknown, expired or revoked.")
    if record.expires_at is not None and record.expires_at <= datetime.now(UTC):
        raise BadKey("This API key has expired.")
    if not record.is_active:
        raise BadKey("The user of this API key is not active.")
    if not record.is_enabled:
        raise BadKey("The consumer of this API key is disabled.")
    return Consumer(
        user_id=record.user_id,
        username=record.username,
        is_staff=record.is_staff,
        key_id=record.id,
        key_name=record.name,
        permissions=record.permissions,
        name=record.consumer,
        team=record.team,
        rights=record.rights,
        is_previous=record.is_previous,
    )
