"""Answers questions about usage, in a fixed number of queries whatever the number of calls."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from llm.services.analytics.figures import Figures
from llm.services.analytics.question import INTERVALS, Question
from llm.stores.usage.read import sums_of_largest, sums_of_periods

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The figures of one group. `key` has a value for each column of the question; None: all the others.

    `before` are those of the period before, when that was asked.
    """

    key: Key
    figures: Figures
    before: Figures | None = None

    @property
    def is_others(self) -> bool:
        return None in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """That groups have so many names, of which so many are shown apart from the others."""

    shown: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`groups` is empty without a grouping; ordered by key, or when cut by their calls with the others last.

    `before`: the totals of the period before, when that was asked. `cut`: None when all groups are there.
    """

    question: Question
    totals: Figures
    groups: tuple[Group, ...] = ()
    before: Figures | None = None
    cut: Cut | None = None


def report(question: Question, *, most_groups: int | None = None) -> Report:
    """The figures of the question's calls. Raises ValueError for one that has no cube.

    `most_groups`: about how many groups a question without a limit gets; the rest are others.
    """
    most = question.limit
    if most is None and most_groups is not None and set(question.group_by) - INTERVALS:
        most = question.most_names(most_groups)
    groups, names = _groups(question, most)
    totals = Figures()
    for figures in groups.values():
        totals.merge(figures)
    before_totals, before = _before(question) if question.compare else (None, {})
    is_cut = most is not None and names > most
    if most is not None and is_cut and question.interval is None:
        kept = _largest(groups, most)
        groups, before = _folded(groups, kept), _folded(before, kept)
    if question.limit is not None or is_cut:
        ordered = sorted(groups, key=lambda key: _rank(question, groups, key))
    else:
        ordered = sorted(groups, key=lambda key: tuple(map(str, key)))
    compares = question.compare and question.interval is None
    return Report(
        question=question,
        totals=totals,
        before=before_totals,
        groups=tuple(
            Group(key=key, figures=groups[key], before=before.get(key, Figures()) if compares else None)
            for key in ordered
            if question.group_by
        ),
        cut=Cut(shown=most, of=names) if most is not None and is_cut else None,
    )


def _groups(question: Question, most: int | None) -> tuple[dict[Key, Figures], int]:
    """The figures by key, and how many names the keys have. More than `most` are folded only by an interval."""
    period, asked, histograms = (question.start, question.end), question.asked, question.histograms
    if most is None or question.interval is None or not set(question.group_by) - INTERVALS:
        usage = sums_of_periods((period,), asked, histograms=histograms)
        names = len(usage)
    else:
        usage, names = sums_of_largest(*period, asked, most, histograms=histograms)
    zone = UTC if question.zone.key == "UTC" else question.zone
    if question.interval is None:
        return {key: Figures(sums=sums) for key, sums in usage.items()}, names
    return {_in_zone(key, zone): Figures(sums=sums) for key, sums in usage.items()}, names


def _before(question: Question) -> tuple[Figures, dict[Key, Figures]]:
    groups, _ = _groups(question.before(), None)
    totals = Figures()
    for figures in groups.values():
        totals.merge(figures)
    return totals, groups


def _in_zone(key: Key, zone: tzinfo) -> Key:
    return tuple(_moment(part, zone) if isinstance(part, datetime) else part for part in key)


@lru_cache(maxsize=4096)
def _moment(at: datetime, zone: tzinfo) -> datetime:
    """The moment in a zone: the same few in thousands of groups."""
    return at.astimezone(zone)


def _largest(groups: dict[Key, Figures], limit: int) -> set[Key]:
    """The keys with the most calls, then attempts."""

    def size(key: Key) -> tuple[Any, ...]:
        sums = groups[key].sums
        return (-sums.calls, -sums.attempts, tuple(map(str, key)))

    return set(sorted(groups, key=size)[:limit])


def _folded(groups: dict[Key, Figures], kept: set[Key]) -> dict[Key, Figures]:
    """The groups with a kept key, and the others together."""
    folded: dict[Key, Figures] = {}
    for key, figures in groups.items():
        folded.setdefault(key if key in kept else (None,) * len(key), Figures()).merge(figures)
    return folded


def _rank(question: Question, groups: dict[Key, Figures], key: Key) -> tuple[Any, ...]:
    calls = 0 if question.interval else -groups[key].sums.calls
    return (None in key, calls, tuple(map(str, key)))
