"""How much of an account a worker may lease. A slice beyond the need saves round trips, and is idle for the others."""

SHARE = 32
"""A slice takes at most this part of the room that is left, so that slices shrink as the end comes near."""
LEASE_S = 60.0
"""How long a lease holds without renewal. A crashed worker pins its slices no longer."""
SAFETY_S = 5.0
"""A worker stops spending its slices so long before they end."""


def room(cap: int, *, spent: int, leased: int) -> int:
    """What may still be leased; negative after an overrun."""
    return cap - spent - leased


def granted(left: int, *, need: int, slack: int, largest: int) -> int:
    """The grant for a worker whose calls need `need` now, and that would like `slack` more.

    Less than `need` when there is less; 0 when nothing is left. The slack is whole multiples of `largest`, the largest
    single need: a piece too small for any call would be lost to the other workers.
    """
    if left <= 0:
        return 0
    if left <= need:
        return left
    spare = min(slack, (left - need) // SHARE)
    return need + (spare // largest * largest if largest else 0)
