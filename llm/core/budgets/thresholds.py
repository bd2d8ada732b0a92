"""The shares of a budget at which operators are told."""

THRESHOLDS = (50, 80, 100)
"""Per cent."""


def reached(spent: int, cap: int) -> int:
    """The highest threshold that `spent` has reached; 0 for none. A budget of nothing is spent from the start."""
    if cap <= 0:
        return THRESHOLDS[-1]
    return max((step for step in THRESHOLDS if spent * 100 >= step * cap), default=0)
