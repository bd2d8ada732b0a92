"""The rows of admission: CPU of a call's key and rights, and of its limits and budgets, apart from all else."""

from collections.abc import Iterator

from bench.cost.figures import Row, in_process
from bench.routing.apart import figures_of

ADMISSION = "admission"


def rows() -> Iterator[Row]:
    """A row for each part, of `bench.budgets.cost`."""
    for part, spent_s in figures_of("bench.budgets.cost").items():
        yield in_process(ADMISSION, part, spent_s)
