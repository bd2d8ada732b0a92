"""Which sums answer a question."""

from itertools import combinations

import pytest

from llm.core.usage.dimensions import CUBES, VENDOR, WHO, Cube, Dimension, cube_for

OTHERS = (*VENDOR, Dimension.ROUTE, Dimension.STATUS, Dimension.ERROR_CLASS)


FAILOVER = (Dimension.FAILOVER_FROM, Dimension.FAILOVER_WHY)


@pytest.mark.parametrize("pair", list(combinations([one for one in Dimension if one not in FAILOVER], 2)))
def test_every_pair_of_dimensions_has_a_cube(pair):
    assert cube_for(pair) is not None


def test_all_dimensions_but_the_consumers_go_together():
    assert cube_for(OTHERS) is Cube.FULL


def test_failovers_are_told_apart_by_who_answered():
    assert cube_for([*FAILOVER, Dimension.PROVIDER]) is Cube.FAILOVER


def test_the_smallest_cube_is_asked():
    assert cube_for([]) is Cube.OUTCOME
    assert cube_for([Dimension.ROUTE]) is Cube.ROUTE
    assert cube_for([Dimension.PROVIDER]) is Cube.VENDOR
    assert cube_for([Dimension.TEAM]) is Cube.WHO
    assert cube_for([Dimension.TEAM, Dimension.STATUS]) is Cube.WHO_OUTCOME


def test_a_consumer_with_two_others_has_none():
    assert cube_for([Dimension.KEY, Dimension.PROVIDER, Dimension.ROUTE]) is None


def test_no_cube_has_consumers_with_all_others():
    assert not any(set(WHO) & set(has) and set(OTHERS) <= set(has) for has in CUBES.values())
