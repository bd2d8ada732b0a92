"""Sums of a period: from kept sums where they are up to date, else from rows. The number of queries is fixed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from llm.core.usage.dimensions import Cube, Dimension, Interval, cube_for
from llm.core.usage.periods import Parts, Span, split
from llm.core.usage.sums import HISTOGRAMS, Sums
from llm.stores.usage import kept, rows, state
from llm.stores.usage.moments import Key
from llm.stores.usage.rows import Asked, Groups


def sums_of_period(start: datetime, end: datetime, asked: Asked, *, histograms: Collection[str] = HISTOGRAMS) -> Groups:
    """The sums of the calls with `start` <= begun < `end`, by group.

    `histograms`: which of them are read; the others are empty. Raises ValueError when no cube has all dimensions that
    are asked.
    """
    return sums_of_periods(((start, end),), asked, histograms=histograms)


def sums_of_periods(periods: Sequence[Span], asked: Asked, *, histograms: Collection[str] = HISTOGRAMS) -> Groups:
    """The sums of several periods together, in as many queries as of one. The periods do not overlap."""
    cube = _cube(asked)
    with state.snapshot():
        return _sums(_parts(periods, asked), cube, asked, histograms)


def sums_of_largest(
    start: datetime, end: datetime, asked: Asked, most: int, *, histograms: Collection[str] = HISTOGRAMS
) -> tuple[Groups, int]:
    """`sums_of_period` by an interval and by names, of the `most` names with the most calls, and how many names are.

    The others stand together, in each interval, under keys with None. Their sums are those of all calls less those of
    the largest: a smaller cube has all calls. Raises ValueError when no cube has all dimensions that are asked.
    """
    cube, names = _cube(asked), replace(asked, by=tuple(by for by in asked.by if isinstance(by, Dimension)))
    with state.snapshot():
        parts = _parts(((start, end),), asked)
        running = rows.sums_of_spans(parts.rows, asked, histograms=histograms)
        sizes = kept.sizes_of_parts(_parts(((start, end),), names), cube, names)
        for key, sums in running.items():
            sizes.setdefault(_name(key), Sums()).add(sums)
        largest = set(sorted(sizes, key=lambda name: (-sizes[name].calls, -sizes[name].attempts, name))[:most])
        is_cut = len(largest) < len(sizes)
        groups = kept.sums_of_parts(parts, cube, asked, histograms=histograms, only=largest if is_cut else None)
        others: Groups = {}
        if is_cut:
            intervals = replace(asked, by=tuple(by for by in asked.by if isinstance(by, Interval)))
            others = kept.sums_of_parts(parts, _cube(intervals), intervals, histograms=histograms)
            for key, sums in groups.items():
                others[_moments(key)].subtract(sums)
    for key, sums in running.items():
        if _name(key) in largest:
            groups.setdefault(key, Sums()).add(sums)
        else:
            others.setdefault(_moments(key), Sums()).add(sums)
    for moments, sums in others.items():
        if sums.calls or sums.attempts:
            rest = iter(moments)
            groups[tuple(None if isinstance(by, Dimension) else next(rest) for by in asked.by)] = sums
    return groups, len(sizes)


def _name(key: Key) -> Key:
    return tuple(part for part in key if not isinstance(part, datetime))


def _moments(key: Key) -> Key:
    return tuple(part for part in key if isinstance(part, datetime))


def _cube(asked: Asked) -> Cube:
    cube = cube_for({by for by in asked.by if isinstance(by, Dimension)} | set(asked.filters))
    if cube is None:
        raise ValueError("no sums are kept by all of these dimensions")
    return cube


def _parts(periods: Sequence[Span], asked: Asked) -> Parts:
    by_hour = _needs_hours(asked)
    known = state.known(with_days=not by_hour)
    each = [split(start, end, known, by_hour=by_hour) for start, end in periods]
    return Parts(
        days=tuple(span for part in each for span in part.days),
        hours=tuple(span for part in each for span in part.hours),
        rows=tuple(span for part in each for span in part.rows),
    )


def _sums(parts: Parts, cube: Cube, asked: Asked, histograms: Collection[str]) -> Groups:
    groups = kept.sums_of_parts(parts, cube, asked, histograms=histograms)
    for key, sums in rows.sums_of_spans(parts.rows, asked, histograms=histograms).items():
        groups.setdefault(key, Sums()).add(sums)
    return groups


def _needs_hours(asked: Asked) -> bool:
    """Whether days of the installation's own zone cannot answer."""
    intervals = [by for by in asked.by if isinstance(by, Interval)]
    return Interval.HOUR in intervals or (bool(intervals) and asked.zone.key != state.own_zone().key)
