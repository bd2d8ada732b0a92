"""What a worker may decide while it cannot ask the others: everything but whose the one trial is."""

from dataclasses import replace

import pytest

from llm.core.circuit.state import Circuit, CircuitState
from llm.stores.circuits.local_view import LEASE_OFFLINE_AFTER_S, without_new_lease

DUE = Circuit(state=CircuitState.OPEN, generation=1)
MINE = replace(DUE, state=CircuitState.HALF_OPEN, generation=2, trial_holder="me")
FREE = replace(MINE, trial_holder="")
OPEN_AGAIN = replace(FREE, state=CircuitState.OPEN, generation=3)
CLOSED = Circuit(generation=3)


@pytest.mark.parametrize(
    ("before", "after", "offline_s", "granted"),
    [
        (DUE, MINE, 0.0, False),
        (DUE, MINE, LEASE_OFFLINE_AFTER_S - 0.1, False),
        (DUE, MINE, LEASE_OFFLINE_AFTER_S, True),
        (replace(MINE, trial_holder="another, whose lease is over"), MINE, 0.0, False),
        (MINE, FREE, 0.0, True),
        (MINE, OPEN_AGAIN, 0.0, True),
        (MINE, CLOSED, 0.0, True),
        (MINE, replace(MINE, trial_successes=1), 0.0, True),
        (CLOSED, DUE, 0.0, True),
    ],
)
def test_only_a_new_lease_waits_for_the_others(
    before: Circuit, after: Circuit, offline_s: float, granted: bool
) -> None:
    assert without_new_lease(before, after, offline_s) == (after if granted else before)
