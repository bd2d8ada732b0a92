"""The strategies by which a route orders its providers, and the weights of the balanced one."""

from dataclasses import dataclass
from enum import StrEnum


class Strategy(StrEnum):
    """How a route chooses among the providers that may take a call. Whether they may is decided before."""

    PRIORITY = "priority"
    """In the route's order; providers of one priority share by weight."""
    WEIGHTED = "weighted"
    """All share by weight, whatever their priority."""
    CAPACITY = "capacity"
    """All share by what is left of their limits."""
    COST = "cost"
    """The lowest expected price first. An unknown price comes last."""
    LATENCY = "latency"
    """Of two drawn at random, the one with the sooner first token."""
    BALANCED = "balanced"
    """The highest score first: a mean of capacity, cost, latency and priority, weighted as the route says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each part counts in the balanced score; 0 leaves it out. Only their ratios matter."""

    capacity: float = 1.0
    cost: float = 1.0
    latency: float = 1.0
    priority: float = 0.0

    @property
    def total(self) -> float:
        return self.capacity + self.cost + self.latency + self.priority


EVEN = Weights()
