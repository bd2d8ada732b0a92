"""Health to JSON and back: nothing is lost, and what another release has written does no harm."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.circuit.state import Circuit, CircuitState, LastError
from llm.core.circuit.window import Bucket
from llm.core.failures.policy import ErrorClass
from llm.stores.circuits.codec import dump, load

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECORDED = [json.loads(line) for line in (Path(__file__).parent / "recorded_circuits.jsonl").read_text().splitlines()]
"""Records as the release before pydantic wrote them."""
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
    answered_account=st.text(max_size=16),
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
    "nonsense",
    [
        {"state": "ajar"},
        {"window": []},
        {"state": "closed"},
        {**dump(Circuit()), "generation": "many"},
        {**dump(Circuit()), "window": 3},
        {**dump(Circuit()), "window": [3]},
        {**dump(Circuit()), "window": [[1, 2, 3]]},
        {**dump(Circuit()), "last_error": "timeout"},
        {**dump(Circuit()), "last_error": {"message": "no class"}},
        {**dump(Circuit()), "reason": ["auth"]},
        {**dump(Circuit()), "until": "never"},
        [1],
        "closed",
    ],
)
def test_nonsense_is_refused_with_an_error_that_the_store_knows(nonsense: object) -> None:
    with pytest.raises(ValueError, match="This is no circuit"):
        load(nonsense)


def test_recorded_circuits_keep_their_meaning() -> None:
    new, outage, blocked = map(load, RECORDED)
    assert new == Circuit()
    assert (outage.state, outage.reason, outage.generation) == (CircuitState.OPEN, ErrorClass.SERVER_ERROR, 7)
    assert (outage.next_list_probe_at, outage.list_probe_failed, outage.until) == (NOON, True, NOON)
    assert outage.window == (Bucket(start=1795435200, ok=5, faults=2, others=1), Bucket(start=1795435206, ok=1))
    assert outage.last_error is not None
    assert (outage.last_error.error_class, outage.last_error.message) == (ErrorClass.TIMEOUT, "slow \u00e9")
    assert outage.last_error.at == NOON.replace(microsecond=123456)
    assert (blocked.trial_until, blocked.last_error and blocked.last_error.http_status) == (None, 401)


@pytest.mark.parametrize("recorded", RECORDED)
def test_what_is_written_today_is_what_the_older_release_wrote(recorded: dict[str, object]) -> None:
    """But for the name of UTC, which both releases read in either form."""
    assert json.loads(json.dumps(dump(load(recorded))).replace('Z"', '+00:00"')) == recorded
