"""What one call asks of a provider's capacity, and what that comes to there: room, price, seconds."""

from dataclasses import dataclass, field
from typing import NamedTuple

from llm.core.capacity.snapshot import Capacity, SizeClass, size_class
from llm.core.routing.needs import Needs

ANSWER_TOKENS = 300
"""The output that is expected of a call, unless it allows less. A chat's answer of 200 words in French has about
as many; prices are compared with it, so only its ratio to the input matters."""
DIALOGUE_CACHED = 0.8
"""The part of a dialogue's input that the cache serves: over ten turns of equal length it is 45 of 55 parts. The same
at every turn, so that the cheapest provider stays the same."""
RESERVE = 0.02
"""The part of a limit that is left for calls which other workers have just sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call by its expected tokens. `keeps`: its dialogue should stay where its prefix is cached."""

    input_tokens: int
    output_tokens: int
    keeps: bool = False
    size: SizeClass = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", size_class(self.input_tokens))


def asked_of(needs: Needs, *, keeps: bool = False) -> Asked:
    """The call as strategies see it. Its output is expected, not known."""
    most = needs.request.max_tokens if needs.request is not None else None
    return Asked(input_tokens=needs.input_tokens, output_tokens=min(most or ANSWER_TOKENS, ANSWER_TOKENS), keeps=keeps)


class Room(NamedTuple):
    """How many calls like this one a provider's limits of requests and tokens still take, of how many a window.

    None: no limit is known. `is_full`: the next call would probably be refused, since a limit is used up but for the
    reserve, or no slot is free.
    """

    left: float | None
    most: float | None
    is_full: bool


def room_of(capacity: Capacity, asked: Asked) -> Room:
    """The room at a provider."""
    requests, tokens = capacity.requests, capacity.tokens
    left = most = None
    if requests is not None:
        left, most = requests.left, requests.limit
    if tokens is not None:
        size = max(1, asked.input_tokens + asked.output_tokens)
        by_tokens, most_tokens = tokens.left / size, tokens.limit / size
        left = by_tokens if left is None or by_tokens < left else left
        most = most_tokens if most is None or most_tokens < most else most
    if capacity.concurrency and capacity.in_flight >= capacity.concurrency:
        return Room(left, most, True)
    return Room(left, most, left is not None and most is not None and left < 1 + RESERVE * most)


def price(capacity: Capacity, asked: Asked) -> float | None:
    """The expected US dollars of the call there; None when a price is unknown."""
    if capacity.input_usd is None or capacity.output_usd is None:
        return None
    cached_usd = capacity.input_usd if capacity.cached_usd is None else capacity.cached_usd
    share = DIALOGUE_CACHED if asked.keeps else capacity.cached_share
    input_usd = capacity.input_usd + share * (cached_usd - capacity.input_usd)
    return asked.input_tokens * input_usd + asked.output_tokens * capacity.output_usd


def reads_are_cheaper(capacity: Capacity) -> bool:
    """Whether tokens that its cache serves are known to cost less there."""
    return (
        capacity.cached_usd is not None and capacity.input_usd is not None and capacity.cached_usd < capacity.input_usd
    )


def first_token_s(capacity: Capacity, asked: Asked) -> float | None:
    """The 90th percentile of the seconds to the first token for this size; None when nothing of late is known."""
    known = capacity.first_token.get(asked.size)
    return None if known is None or known.weight <= 0 else known.p90
