"""The sums of every cube at once, from the rows of calls and attempts."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from llm.core.usage.dimensions import CUBES, Cube, Dimension
from llm.core.usage.periods import Span
from llm.core.usage.sums import Sums
from llm.stores.usage.moments import Key
from llm.stores.usage.rows import Asked, Groups, Sets, sums_of_calls, sums_of_spans

Combination = tuple[Cube, bool, tuple[str, ...]]
"""A cube, whether of tests, and the values of all dimensions in the order of DIMENSIONS."""

DIMENSIONS = tuple(Dimension)
EVERYTHING = Asked(by=DIMENSIONS, filters={}, tests=None, zone=ZoneInfo("UTC"), parts=True)
IN_CUBE = {cube: tuple(dimension in has for dimension in DIMENSIONS) for cube, has in CUBES.items()}
SETS: Sets = tuple((0, *(place + 1 for place, own in enumerate(has) if own)) for has in IN_CUBE.values())
"""The columns of each cube: whether of tests, then the dimensions."""
CUBE_OF = {has: cube for cube, has in IN_CUBE.items()}

PART = 2000
"""Calls that one statement names."""


def cubes_of_spans(spans: Sequence[Span]) -> dict[Combination, Sums]:
    """The sums of the calls that began in the spans."""
    return _of_cubes(partial(sums_of_spans, spans, EVERYTHING))


def cubes_of_calls(ids: Sequence[UUID]) -> dict[Combination, Sums]:
    """The sums of these calls."""
    sums: dict[Combination, Sums] = {}
    for start in range(0, len(ids), PART):
        of_part = partial(sums_of_calls, ids[start : start + PART], EVERYTHING)
        for combination, more in _of_cubes(of_part).items():
            add(sums, combination, more)
    return sums


def _of_cubes(read: Callable[..., Groups]) -> dict[Combination, Sums]:
    """PostgreSQL sums all cubes in one pass; elsewhere they are added up from the sums by all dimensions."""
    if connection.vendor != "postgresql":
        return combined(read().items())
    found: dict[Combination, Sums] = {}
    for (tests, *values), sums in read(sets=SETS).items():
        cube = CUBE_OF[tuple(value is not None for value in values)]
        found[cube, tests, tuple(value or "" for value in values)] = sums
    return found


def combined(groups: Iterable[tuple[Key, Sums]]) -> dict[Combination, Sums]:
    """Sums by all dimensions (key: whether of tests, then DIMENSIONS) as the sums of every cube."""
    of: dict[Combination, Sums] = {}
    for (tests, *values), sums in groups:
        for cube, has in IN_CUBE.items():
            own = tuple(value if own else "" for value, own in zip(values, has, strict=True))
            add(of, (cube, bool(tests), own), sums)
    return of


def add(sums: dict[Combination, Sums], combination: Combination, more: Sums) -> None:
    if (own := sums.get(combination)) is None:
        own = sums[combination] = Sums()
    own.add(more)
