"""Which sentences alerts are made of. Each language has a table of them; `llm.alerts.wording` combines them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llm.alerts.events import Event
from llm.core.failures.policy import ErrorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Templates for `str.format_map`. `summaries` and `actions` by event, or by the special case's name."""

    titles: Mapping[Event, str]
    summaries: Mapping[str, str]
    actions: Mapping[str, str]
    meanings: Mapping[ErrorClass, str]
    answers: Callable[[int], str]
    """Formats a number of static answers."""
    left: Callable[[float], str]
    """Formats a number of hours: hours, or days from three on."""
    unknown: str
    periods: Mapping[str, str]
    """Of a spending rule, by what it looks at."""
    everybody: str
    of_route: str
    of_both: str
    unpriced: str
    times: str
    reminder: str
    next_provider: str
    no_provider: str
    again: str
    again_soon: str
    refill_at: str
    refill_elsewhere: str
    no_route: str
    to_be_tried: str
    """Said of a provider without an answer on record, as the admin says it."""


def left(hours: float, forms: tuple[str, str, str]) -> str:
    """One of the forms: up to an hour, hours, days from three on."""
    if hours >= 72:
        return forms[2].format(round(hours / 24))
    return forms[0] if hours < 1.5 else forms[1].format(round(hours))
