"""When a standby provider joins and leaves, and which share of the calls it takes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.capacity.snapshot import Capacity, Headroom
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.routing.plan import Candidate, Member, RandomDraws, RoutePolicy
from llm.core.routing.standby import Reason, Standby, after_look, present, room_of_others, share_of

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LOW, ENOUGH = 0.1, 0.9


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def look(
    standby: Standby, room: float, seconds: float, *, spent: int = 0, cap: int | None = None
) -> tuple[Standby, Reason | None]:
    limit = None if cap is None else Decimal(cap)
    return after_look(standby, room=room, below=0.2, spent_usd=Decimal(spent), cap_usd=limit, now=at(seconds))


def looks(standby: Standby, room: float, start: int, end: int) -> tuple[Standby, list[tuple[int, Reason]]]:
    """A look every five seconds; when what happened."""
    events = []
    for second in range(start, end + 1, 5):
        standby, reason = look(standby, room, second)
        if reason is not None:
            events.append((second, reason))
    return standby, events


def test_it_joins_after_two_minutes_with_little_left_and_leaves_after_fifteen_quiet_ones() -> None:
    standby, events = looks(Standby(), LOW, 0, 300)
    assert events == [(120, Reason.LOW)]
    assert standby.joined_at == at(120)
    standby, events = looks(standby, ENOUGH, 305, 1500)
    assert events == [(305 + 900, Reason.QUIET)]
    assert standby.joined_at is None


def test_a_moment_with_enough_left_starts_the_two_minutes_again() -> None:
    standby, _ = looks(Standby(), LOW, 0, 100)
    standby, _ = look(standby, ENOUGH, 105)
    assert looks(standby, LOW, 110, 300)[1] == [(230, Reason.LOW)]


def test_a_moment_with_little_left_starts_the_quiet_time_again() -> None:
    standby, _ = looks(Standby(joined_at=NOON), ENOUGH, 0, 800)
    standby, _ = look(standby, LOW, 805)
    assert looks(standby, ENOUGH, 810, 2000)[1] == [(1710, Reason.QUIET)]


def test_a_time_that_nobody_looked_at_counts_for_nothing() -> None:
    standby, _ = look(Standby(), LOW, 0)
    assert look(standby, LOW, 3600)[1] is None


def test_it_leaves_at_its_cap_and_does_not_join_again_that_day() -> None:
    standby, reason = look(Standby(joined_at=NOON), LOW, 5, spent=10, cap=10)
    assert reason is Reason.CAP
    for second in range(10, 400, 5):
        standby, reason = look(standby, LOW, second, spent=10, cap=10)
        assert reason is None
    assert standby.joined_at is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400))
def test_no_two_changes_are_closer_than_the_shorter_wait(rooms: list[float]) -> None:
    standby, changes = Standby(), []
    for place, room in enumerate(rooms):
        standby, reason = look(standby, room, 5 * place)
        if reason is not None:
            changes.append((5 * place, reason))
    waits = {Reason.LOW: 120, Reason.QUIET: 900}
    for (before, _), (after, reason) in zip([(0, Reason.QUIET), *changes], changes, strict=False):
        assert after - before >= waits[reason]


@pytest.mark.parametrize(("seconds", "share"), [(0, 0.1), (4.9, 0.1), (5, 0.25), (10, 0.5), (15, 1.0), (9999, 1.0)])
def test_it_takes_calls_in_the_steps_of_a_return(seconds: float, share: float) -> None:
    assert share_of(NOON, at(seconds)) == share


class TestRoom:
    CANDIDATES = {
        name: Candidate(name=name, kind="claude", model="m-1", has_key=name != "keyless")
        for name in ("a", "b", "keyless", "reserve")
    }
    MEMBERS = (
        *(Member(provider=n, priority=1) for n in ("a", "b", "keyless")),
        Member(provider="reserve", priority=9, standby=True),
    )

    @pytest.mark.parametrize(
        ("circuits", "room"),
        [
            ({}, 0.6),
            ({"b": Circuit(state=CircuitState.OPEN, until=at(60))}, 0.1),
            ({"b": Circuit(throttled_until=at(60))}, 0.1),
            ({name: Circuit(state=CircuitState.OPEN, until=at(60)) for name in "ab"}, 0.0),
        ],
    )
    def test_it_is_the_best_of_the_others_that_take_calls(self, circuits: dict[str, Circuit], room: float) -> None:
        left = {"a": 10, "b": 60}
        capacities = {name: Capacity(requests=Headroom(left=number, limit=100)) for name, number in left.items()}
        assert room_of_others(self.MEMBERS, self.CANDIDATES, circuits, capacities, NOON) == room


class TestPresent:
    ROUTE = RoutePolicy(
        members=(
            Member(provider="a", priority=1),
            Member(provider="reserve", priority=9, standby=True, joined_at=NOON),
            Member(provider="other", priority=9, standby=True),
        )
    )

    @pytest.mark.parametrize(
        ("draw", "seconds", "names"),
        [(0.05, 0, ["a", "reserve"]), (0.15, 0, ["a"]), (0.15, 5, ["a", "reserve"]), (0.99, 15, ["a", "reserve"])],
    )
    def test_a_call_meets_those_that_have_joined_by_their_share(
        self, draw: float, seconds: float, names: list[str]
    ) -> None:
        draws = {name: RandomDraws(order=0.5, ramp=draw) for name in ("a", "reserve", "other")}
        assert [member.provider for member in present(self.ROUTE, draws, at(seconds)).members] == names

    def test_a_route_without_standby_providers_is_itself(self) -> None:
        route = RoutePolicy(members=(Member(provider="a", priority=1),))
        assert present(route, {}, NOON) is route
