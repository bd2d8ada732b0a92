"""What a worker may decide by itself while it cannot ask the others."""

from llm.core.circuit.state import Circuit

LEASE_OFFLINE_AFTER_S = 5.0
"""Alone for so long, a worker grants itself the trial that is one among all workers: a trial each is then the lesser
evil, since nobody can tell how long the store stays away. Before, another worker may well have it."""


def without_new_lease(before: Circuit, after: Circuit, offline_s: float) -> Circuit:
    """What holds after a change that the others could not be told: `after`, or `before` where it would be a lease.

    `offline_s`: for how many seconds the store has been away.
    """
    takes_lease = after.trial_holder not in ("", before.trial_holder)
    return before if takes_lease and offline_s < LEASE_OFFLINE_AFTER_S else after
