"""Latency: of the next two drawn, the one with the sooner first token.

Two random choices spread calls where all workers would else send theirs to the one that was fastest a moment ago
(Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001).
"""

from collections.abc import Mapping, Sequence

from llm.core.capacity.snapshot import Capacity
from llm.core.routing.candidate import RandomDraws
from llm.core.routing.strategies.asked import Asked, reads_are_cheaper

EXPLORED = 0.03
"""The part of calls that goes to the one with the fewest samples of late: one that was slow is measured again."""
KEEP_FACTOR = 1.5
"""A dialogue stays with its cached prefix unless the other one is so many times faster."""


def order(
    drawn: Sequence[str],
    seconds: Mapping[str, float | None],
    capacities: Mapping[str, Capacity],
    draws: Mapping[str, RandomDraws],
    asked: Asked,
) -> list[str]:
    """At each place the faster of the next two of `drawn`. An unknown one is taken first, so that it becomes known."""
    left = list(drawn)
    if not left:
        return left
    if not asked.keeps and draws[left[0]].ramp < EXPLORED:
        return sorted(left, key=lambda name: _samples(capacities[name], asked))
    names: list[str] = []
    while len(left) > 1:
        first, second = left[0], left[1]
        stays = KEEP_FACTOR if asked.keeps and not names and reads_are_cheaper(capacities[first]) else 1.0
        names.append(left.pop(1 if (seconds[second] or 0.0) * stays < (seconds[first] or 0.0) else 0))
    return [*names, *left]


def _samples(capacity: Capacity, asked: Asked) -> float:
    """The decayed number of first tokens that were measured for this size."""
    known = capacity.first_token.get(asked.size)
    return 0.0 if known is None else known.weight
