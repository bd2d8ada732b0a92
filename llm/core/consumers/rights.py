"""What a key may do, and what a request asks for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Endpoint(StrEnum):
    """The endpoints that a key can be limited to."""

    CHAT = "chat"
    MESSAGES = "messages"
    COUNT_TOKENS = "count_tokens"
    MODELS = "models"
    SUGGESTIONS = "suggestions"
    CONVERSATIONS = "conversations"
    TEST = "test"
    OPERATE = "operate"
    """All others: status, providers, calls and what operators change."""


class Holder(StrEnum):
    """Whose rights these are."""

    KEY = "key"
    CONSUMER = "consumer"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """Bounds of a key, a consumer or a team. An empty list, None and True bound nothing.

    `routes`, `providers` and `models` are patterns with * and ?; `networks` are addresses or CIDR networks.
    `not_after` is the last moment.
    """

    holder: Holder = Holder.KEY
    routes: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    max_tokens: int | None = None
    streaming: bool = True
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """What a request asks for, as far as it is known. None: not known yet, or not asked for.

    `now` belongs to `endpoint` and `address`, which are judged when the key is. An empty `address` is unreadable.
    """

    endpoint: str | None = None
    address: str | None = None
    now: datetime | None = None
    route: str | None = None
    provider: str | None = None
    model: str | None = None
    max_tokens: int | None = None
    stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a key may not do this: the field of its rights, and a sentence for the caller."""

    field: str
    sentence: str
