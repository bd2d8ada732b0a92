"""The last run, and what became slower since."""

import json
from collections.abc import Sequence
from pathlib import Path

from bench.cost.figures import Row

LAST = "var/bench.json"
SLOWER = 1.1
"""A row is named when its ratio to the bare door, or its CPU where it has none, grew by more than a tenth."""


def kept(path: str) -> list[Row]:
    """The rows of the last run; none before the first one."""
    if not Path(path).exists():
        return []
    return [Row(**fields) for fields in json.loads(Path(path).read_text())["rows"]]


def compared(before: Sequence[Row], after: Sequence[Row]) -> str:
    """A sentence for each row that became slower."""
    if not before:
        return "There is no earlier run to compare with."
    earlier = {row.name: row for row in before}
    lines = [
        f"slower: {row.name}: {_cost(earlier[row.name]):.2f} -> {_cost(row):.2f}"
        for row in after
        if row.name in earlier and _cost(row) > SLOWER * _cost(earlier[row.name])
    ]
    return "\n".join(lines) or "No row became slower by more than a tenth."


def _cost(row: Row) -> float:
    return row.cpu_ms if row.ratio_to_bare is None else row.ratio_to_bare
