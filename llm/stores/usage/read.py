"""Sums of a period: from kept sums where they are up to date, else from rows. The number of queries is fixed."""

from datetime import datetime

from llm.core.usage.dimensions import Dimension, Interval, cube_for
from llm.core.usage.periods import split
from llm.core.usage.sums import Sums
from llm.stores.usage import kept, rows, state
from llm.stores.usage.rows import Asked, Groups


def sums_of_period(start: datetime, end: datetime, asked: Asked, *, histograms: bool = True) -> Groups:
    """The sums of the calls with `start` <= begun < `end`, by group.

    Raises ValueError when no cube has all dimensions that are asked.
    """
    cube = cube_for({by for by in asked.by if isinstance(by, Dimension)} | set(asked.filters))
    if cube is None:
        raise ValueError("no sums are kept by all of these dimensions")
    with state.snapshot():
        known = state.known()
        parts = split(start, end, known, by_hour=_needs_hours(asked))
        groups = kept.sums_of_parts(parts, cube, asked, histograms=histograms)
        for key, sums in rows.sums_of_spans(parts.rows, asked, histograms=histograms).items():
            groups.setdefault(key, Sums()).add(sums)
    return groups


def _needs_hours(asked: Asked) -> bool:
    """Whether days of the installation's own zone cannot answer."""
    intervals = [by for by in asked.by if isinstance(by, Interval)]
    return Interval.HOUR in intervals or (bool(intervals) and asked.zone.key != state.own_zone().key)
