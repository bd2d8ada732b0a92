"""Waiting for what another thread, process or task is about to do."""

import time
from collections.abc import Callable

PATIENCE_S = 30.0
EVERY_S = 0.005


def eventually(holds: Callable[[], object], *, within_s: float = PATIENCE_S) -> bool:
    """Whether `holds` becomes true in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(EVERY_S)
    return bool(holds())
