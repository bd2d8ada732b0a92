"""The sliding window: sums, expiry, and counts split among workers."""

from hypothesis import given
from hypothesis import strategies as st

from llm.core.circuit.window import BUCKET_S, WINDOW_S, Bucket, Window, add, prune, record, subtract, totals

NOW = 1_800_000_000.0

outcomes = st.lists(st.tuples(st.floats(0, 59), st.sampled_from(["ok", "faults", "others"])), max_size=30)


def _window(events: list[tuple[float, str]]) -> Window:
    window: Window = ()
    for ago, what in sorted(events, reverse=True):
        window = record(window, NOW - ago, **{what: 1})
    return window


def test_an_empty_window_has_no_calls() -> None:
    assert totals((), NOW) == (0, 0, 0)


def test_outcomes_are_counted_by_kind() -> None:
    window = record(record(record((), NOW, ok=1), NOW, faults=1), NOW + 1, others=1)
    assert totals(window, NOW + 1) == (1, 1, 1)


def test_outcomes_older_than_a_minute_expire() -> None:
    window = record((), NOW, ok=5)
    assert totals(window, NOW + WINDOW_S - BUCKET_S) == (5, 0, 0)
    assert totals(window, NOW + WINDOW_S + BUCKET_S) == (0, 0, 0)


def test_a_bucket_from_a_far_future_is_dropped() -> None:
    assert prune((Bucket(start=int(NOW) + 3600, ok=9),), NOW) == ()


@given(outcomes, outcomes)
def test_two_workers_counts_add_up(mine: list[tuple[float, str]], yours: list[tuple[float, str]]) -> None:
    together = totals(add(_window(mine), _window(yours)), NOW)
    apart = [totals(_window(events), NOW) for events in (mine, yours)]
    assert together == tuple(a + b for a, b in zip(*apart, strict=True))


@given(outcomes, outcomes)
def test_subtracting_undoes_adding(base: list[tuple[float, str]], more: list[tuple[float, str]]) -> None:
    before, delta = _window(base), _window(more)
    assert subtract(add(before, delta), delta) == before
