"""What a worker may decide while it cannot ask the others: everything but whose the one trial is."""

from dataclasses import replace

import pytest

from llm.core.circuit.state import Health, State
from llm.stores.circuits.alone import GRANT_S, judged_alone

DUE = Health(state=State.OPEN, generation=1)
MINE = replace(DUE, state=State.HALF_OPEN, generation=2, trial_holder="me")
FREE = replace(MINE, trial_holder="")
OPEN_AGAIN = replace(FREE, state=State.OPEN, generation=3)
CLOSED = Health(generation=3)


@pytest.mark.parametrize(
    ("before", "after", "alone_s", "granted"),
    [
        (DUE, MINE, 0.0, False),
        (DUE, MINE, GRANT_S - 0.1, False),
        (DUE, MINE, GRANT_S, True),
        (replace(MINE, trial_holder="another, whose lease is over"), MINE, 0.0, False),
        (MINE, FREE, 0.0, True),
        (MINE, OPEN_AGAIN, 0.0, True),
        (MINE, CLOSED, 0.0, True),
        (MINE, replace(MINE, trial_successes=1), 0.0, True),
        (CLOSED, DUE, 0.0, True),
    ],
)
def test_only_a_new_lease_waits_for_the_others(before: Health, after: Health, alone_s: float, granted: bool) -> None:
    assert judged_alone(before, after, alone_s) == (after if granted else before)
