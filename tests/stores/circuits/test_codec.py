"""Health to JSON and back: nothing is lost, and what another release has written does no harm."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.circuit.state import Circuit, CircuitState, LastError
from llm.core.circuit.window import Bucket
from llm.core.failures.policy import ErrorClass
from llm.stores.circuits.codec import dump, load

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
counts = st.integers(0, 10**6)
healths = st.builds(
    Circuit,
    state=st.sampled_from(CircuitState),
    generation=counts,
    reason=st.none() | st.sampled_from(ErrorClass),
    since=st.none() | moments,
    until=st.none() | moments,
    throttled_until=st.none() | moments,
    throttles=counts,
    faults=counts,
    failures=counts,
    trips=counts,
    trial_successes=counts,
    trial_holder=st.text(max_size=40),
    trial_until=st.none() | moments,
    next_list_probe_at=st.none() | moments,
    list_probe_failed=st.booleans(),
    ramping=st.booleans(),
    account=st.text(max_size=16),
    window=st.lists(st.builds(Bucket, start=counts, ok=counts, faults=counts, others=counts), max_size=10).map(tuple),
    last_error=st.none()
    | st.builds(
        LastError,
        error_class=st.sampled_from(ErrorClass),
        http_status=st.none() | st.integers(100, 599),
        message=st.text(max_size=200),
        at=moments,
    ),
)


@given(healths)
def test_nothing_is_lost_on_the_way_through_json(circuit: Circuit) -> None:
    assert load(json.loads(json.dumps(dump(circuit)))) == circuit


def test_an_empty_row_is_a_healthy_provider() -> None:
    assert load({}) == Circuit()


def test_what_a_newer_release_has_added_is_ignored() -> None:
    assert load({**dump(Circuit(generation=7)), "mood": "sunny"}) == Circuit(generation=7)


def test_what_an_older_release_did_not_know_has_its_default() -> None:
    old = dump(Circuit(state=CircuitState.OPEN, until=NOON))
    for name in ("account", "failures", "listing_at", "listing_failed", "trips"):
        del old[name]
    assert load(old) == Circuit(state=CircuitState.OPEN, until=NOON)


def test_an_error_class_of_a_newer_release_is_unknown_here_and_keeps_the_circuit() -> None:
    circuit = Circuit(state=CircuitState.OPEN, reason=ErrorClass.AUTH, until=NOON + timedelta(hours=1))
    assert load({**dump(circuit), "reason": "quantum_noise"}).reason is ErrorClass.UNKNOWN


@pytest.mark.parametrize(
    "nonsense", [{"state": "ajar"}, {"window": []}, {**dump(Circuit()), "generation": "many"}, [1], "closed"]
)
def test_nonsense_is_refused_with_an_error_that_the_store_knows(nonsense: object) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        load(nonsense)  # type: ignore[arg-type]
