"""What circuits learn of a call whose failures do not count, as of a command at a terminal."""

from datetime import timedelta

import pytest

from llm.core.calls import CallOptions
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.failures.policy import ErrorClass
from tests.gateway.doubles import ScriptedAdapter, Stage, fails, says
from tests.gateway.virtual_time import NOON

AT_A_TERMINAL = CallOptions(failures_count=False, by="llm_ask (ada)")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("error", ErrorClass)
def test_no_failure_changes_a_circuit(error: ErrorClass, *, stream: bool) -> None:
    stage = Stage(claude=ScriptedAdapter(fails(error)), gemini=ScriptedAdapter(fails(error)))
    for _ in range(12):
        stage.go(stream=stream, options=AT_A_TERMINAL)
    assert set(stage.circuits.known.values()) <= {Circuit()}
    assert stage.asked()["claude"] >= 12


def test_an_answer_counts() -> None:
    stage = Stage(claude=ScriptedAdapter(says()))
    stage.go(options=AT_A_TERMINAL)
    assert sum(bucket.ok for bucket in stage.circuits.known["claude"].window) == 1


def test_a_trial_that_fails_gives_its_lease_back_and_lengthens_nothing() -> None:
    outage = Circuit(
        state=CircuitState.OPEN, generation=1, reason=ErrorClass.TIMEOUT, trips=1, until=NOON - timedelta(seconds=1)
    )
    stage = Stage({"claude": outage}, claude=ScriptedAdapter(fails(ErrorClass.CONNECTION)))
    stage.go(options=AT_A_TERMINAL)
    after = stage.circuits.known["claude"]
    assert (after.state, after.trial_holder, after.trips) == (CircuitState.HALF_OPEN, "", 1)
    assert stage.circuits.causes == ["llm_ask (ada)"] * 2


def test_a_callers_call_is_the_gateways() -> None:
    stage = Stage(claude=ScriptedAdapter(fails(ErrorClass.AUTH)))
    stage.go()
    assert stage.circuits.known["claude"].state is CircuitState.OPEN
    assert stage.circuits.causes == ["gateway"]
