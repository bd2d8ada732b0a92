"""Who sends a request: a consumer key, checked against the snapshot in memory without a query."""

from dataclasses import dataclass
from datetime import UTC, datetime

from llm.core.calls import Caller
from llm.core.routing.config import Config
from llm.stores.config.keys import digest
from llm.stores.config.snapshot import config_store


class BadKey(Exception):
    """A bearer key was sent, but it is unknown, revoked, expired or its user may not log in."""


class NotReady(Exception):
    """The database was never reached since this process started, so nobody can be recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A person or program that is let in: by a key (then `key_id` is set) or by a session."""

    user_id: int
    username: str
    is_staff: bool = False
    key_id: str | None = None
    key_name: str = ""

    def caller(self, *, origin: str, request_id: str) -> Caller:
        """The same, as the call's record will name it."""
        return Caller(
            user_id=self.user_id,
            key_id=self.key_id,
            consumer=self.key_name or self.username,
            origin=origin,
            request_id=request_id,
        )


def bearer(authorization: str) -> str | None:
    """The key in an `Authorization` header's value; None when it holds no bearer token."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def authenticate(authorization: str) -> Consumer | None:
    """The consumer behind an `Authorization` header's value; None when it names no key.

    Raises BadKey when it names one that is of no use, NotReady when no key is known yet.
    """
    key = bearer(authorization)
    if key is None:
        return None
    known = await config_store.current()
    if digest(key) not in known.keys:  # it may have been made a moment ago, by another process
        known = await config_store.reload()
    return _consumer(key, known)


def authenticate_sync(authorization: str) -> Consumer | None:
    """The same for threads."""
    key = bearer(authorization)
    if key is None:
        return None
    known = config_store.current_sync()
    if digest(key) not in known.keys:
        known = config_store.reload_sync()
    return _consumer(key, known)


def _consumer(key: str, known: Config) -> Consumer:
    if known.version < 0:
        raise NotReady
    record = known.keys.get(digest(key))
    if record is None:
        raise BadKey("This API key is unknown, expired or revoked.")
    if record.expires_at is not None and record.expires_at <= datetime.now(UTC):
        raise BadKey("This API key has expired.")
    if not record.is_active:
        raise BadKey("The user of this API key is not active.")
    return Consumer(
        user_id=record.user_id,
        username=record.username,
        is_staff=record.is_staff,
        key_id=record.id,
        key_name=record.name,
    )
