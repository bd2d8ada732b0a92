"""The rows of planning: CPU of a call's plan by each strategy, over five providers of which everything is known."""

from collections.abc import Iterator

from bench.cost.figures import Row, in_process
from bench.routing.cpu import planned

PLANNING = "planning"


def rows() -> Iterator[Row]:
    """A row for each strategy, without and with a dialogue to keep."""
    for one in planned(seed=1):
        yield in_process(PLANNING, one.strategy.value + ", sticky" * one.sticky, one.spent_s)
