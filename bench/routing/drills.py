"""All drills of routing, in the order in which they are played. A new one is a file with a `DRILL`, and a word here."""

from bench.routing import catalogue, cost, cpu, fate, hedging, latency, limits, standby, stickiness
from bench.routing.drill import Drill

DRILLS: tuple[Drill, ...] = tuple(
    each.DRILL for each in (limits, cost, latency, fate, stickiness, hedging, standby, catalogue, cpu)
)
