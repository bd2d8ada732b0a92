"""Whether this process ends its open calls now. A call that is cancelled from then on is recorded as interrupted."""

import threading

_interrupting = threading.Event()


def interrupt() -> None:
    """Says that calls are cancelled because the process stops."""
    _interrupting.set()


def interrupting() -> bool:
    """Whether `interrupt` was called."""
    return _interrupting.is_set()


def forget() -> None:
    """Puts the process back into the state of a new one."""
    _interrupting.clear()
