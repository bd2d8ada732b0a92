"""The series of a chart: which colour stands for whom."""

from collections.abc import Iterable
from dataclasses import dataclass

PALETTE = 8
"""Colours s0 to s7 of console.css, which differ for colour-blind readers too; then they begin again."""
STATIC, FAILED, OTHER = "static", "failed", "other"
"""Classes with a fixed meaning: static answers, calls without an answer, everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One part of each column, or one line. `css` names its colour, `total` is what the legend shows."""

    key: object
    label: str
    css: str
    total: str = ""
    href: str = ""


def colours(names: Iterable[str]) -> dict[str, str]:
    """A class for each name, in the order of the names."""
    return {name: f"s{place % PALETTE}" for place, name in enumerate(dict.fromkeys(names))}
