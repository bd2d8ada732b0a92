"""Who asks, as limits and budgets see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A key, its consumer and its team by name, and the request's tags.

    `key_id` and `consumer_id` are UUIDs as text; empty for people with a session and for code.
    """

    key_id: str = ""
    consumer_id: str = ""
    consumer: str = ""
    team: str = ""
    tags: tuple[str, ...] = ()
