"""The learned limit of calls at once, against a vendor that slows down or refuses above some number."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import pytest

from llm.core.capacity.concurrency import NOTHING_KNOWN, Concurrency, learned
from llm.core.capacity.sample import Ending, Flight, Sample

Vendor = Callable[[int], tuple[Ending, float]]


def slow_above_20(in_flight: int) -> tuple[Ending, float]:
    return Ending.ANSWERED, 1.0 if in_flight <= 20 else 2.0


def refuses_above_20(in_flight: int) -> tuple[Ending, float]:
    return (Ending.ANSWERED, 1.0) if in_flight <= 20 else (Ending.OVERLOADED, 0.1)


def play(vendor: Vendor, *, seconds: float, offered: int = 60, known: Concurrency = NOTHING_KNOWN) -> list[float]:
    """The limit after each call. Callers keep as many calls open as the limit lets them, begun one after another."""
    open_calls: list[tuple[float, int, Flight, Ending, float]] = []
    limits, numbers, at = [], count(), 0.0
    while at < seconds:
        at += 0.01
        while open_calls and open_calls[0][0] <= at:
            ended_at, _, flight, ending, took_s = heappop(open_calls)
            sample = Sample(ending=ending, first_s=took_s if ending is Ending.ANSWERED else None, whole_s=took_s)
            known = learned(known, flight, sample, empty=False, at=ended_at)
            limits.append(known.limit or 0.0)
        if len(open_calls) < min(offered, known.limit or offered):
            in_flight = len(open_calls) + 1
            ending, took_s = vendor(in_flight)
            heappush(open_calls, (at + took_s, next(numbers), Flight(at, in_flight, 100, 100), ending, took_s))
    return limits


@pytest.mark.parametrize("vendor", [slow_above_20, refuses_above_20])
def test_it_settles_within_a_fifth_of_what_the_vendor_takes_in_a_minute(vendor: Vendor) -> None:
    limits = play(vendor, seconds=120)
    settled = limits[len(limits) // 2 :]
    assert 16 <= sum(settled) / len(settled) <= 24
    assert min(settled) >= 12
    assert max(settled) <= 25


def test_a_well_vendor_has_no_limit() -> None:
    assert set(play(lambda _: (Ending.ANSWERED, 1.0), seconds=20)) == {0.0}


def test_cancelled_calls_and_probes_change_nothing() -> None:
    known = Concurrency(limit=10.0)
    for _ in range(100):
        known = learned(known, Flight(1.0, 10, 0, 0), Sample(ending=Ending.OTHER), empty=False, at=2.0)
    assert known == Concurrency(limit=10.0)


def test_a_used_up_rate_says_nothing_of_calls_at_once() -> None:
    refused = Sample(ending=Ending.THROTTLED)
    assert learned(NOTHING_KNOWN, Flight(1.0, 30, 0, 0), refused, empty=True, at=2.0) == NOTHING_KNOWN
    assert learned(NOTHING_KNOWN, Flight(1.0, 30, 0, 0), refused, empty=False, at=2.0).limit == 21


def test_calls_that_began_before_a_change_do_not_judge_it() -> None:
    known = Concurrency(limit=21.0, since=2.0)
    for _ in range(9):
        known = learned(known, Flight(1.5, 30, 0, 0), Sample(ending=Ending.OVERLOADED), empty=False, at=3.0)
    assert known.limit == 21.0


def test_the_smallest_limit_grows_again_once_calls_end_well() -> None:
    limits = play(lambda _: (Ending.ANSWERED, 1.0), seconds=60, known=Concurrency(limit=2.0))
    assert limits[-1] > 10
