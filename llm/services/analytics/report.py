"""Answers questions about usage, in a fixed number of queries whatever the number of calls."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from llm.services.analytics.figures import Figures
from llm.services.analytics.question import INTERVALS, Question
from llm.stores.usage.read import sums_of_period

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
class Report:
    """`groups` is empty without a grouping; ordered by key, or with a limit by their calls with the others last.

    `before`: the totals of the period before, when that was asked.
    """

    question: Question
    totals: Figures
    groups: tuple[Group, ...] = ()
    before: Figures | None = None


def report(question: Question) -> Report:
    """The figures of the question's calls. Raises ValueError for one that has no cube."""
    totals, groups = _figures(question)
    before_totals, before = _figures(question.before()) if question.compare else (None, {})
    if question.limit is not None:
        kept = _largest(groups, question.limit)
        groups, before = _folded(groups, kept), _folded(before, kept)
        ordered = sorted(groups, key=lambda key: _rank(question, groups, key))
    else:
        ordered = sorted(groups, key=lambda key: tuple(str(part) for part in key))
    compares = question.compare and not _has_interval(question)
    return Report(
        question=question,
        totals=totals,
        before=before_totals,
        groups=tuple(
            Group(key=key, figures=groups[key], before=before.get(key, Figures()) if compares else None)
            for key in ordered
        ),
    )


def _figures(question: Question) -> tuple[Figures, dict[Key, Figures]]:
    totals, groups = Figures(), dict[Key, Figures]()
    for (*values, error_class), sums in sums_of_period(question.start, question.end, question.asked).items():
        totals.add(sums, error_class)
        if question.group_by:
            groups.setdefault(_in_zone(question, values), Figures()).add(sums, error_class)
    return totals, groups


def _in_zone(question: Question, values: Iterable[Any]) -> Key:
    if not _has_interval(question):
        return tuple(values)
    zone = UTC if question.zone.key == "UTC" else question.zone
    return tuple(value.astimezone(zone) if isinstance(value, datetime) else value for value in values)


def _has_interval(question: Question) -> bool:
    return any(grouping in INTERVALS for grouping in question.group_by)


def _name(key: Key) -> Key:
    """The key without its moments."""
    return tuple(part for part in key if not isinstance(part, datetime))


def _largest(groups: dict[Key, Figures], limit: int) -> set[Key]:
    """The names with the most calls, then attempts, over all intervals."""
    sizes: dict[Key, tuple[int, int]] = {}
    for key, figures in groups.items():
        name = _name(key)
        calls, attempts = sizes.get(name, (0, 0))
        sizes[name] = calls + figures.sums.calls, attempts + figures.sums.attempts
    ordered = sorted(sizes, key=lambda name: (*(-size for size in sizes[name]), tuple(map(str, name))))
    return set(ordered[:limit])


def _folded(groups: dict[Key, Figures], kept: set[Key]) -> dict[Key, Figures]:
    """The groups with a kept name, and the others together: one in each interval."""
    folded: dict[Key, Figures] = {}
    for key, figures in groups.items():
        if _name(key) not in kept:
            key = tuple(part if isinstance(part, datetime) else None for part in key)
        folded.setdefault(key, Figures()).merge(figures)
    return folded


def _rank(question: Question, groups: dict[Key, Figures], key: Key) -> tuple[Any, ...]:
    calls = 0 if _has_interval(question) else -groups[key].sums.calls
    return (None in key, calls, tuple(str(part) for part in key))
