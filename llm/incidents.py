"""Log lines for what keeps happening: one when it begins, one with the number of times when it is over."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

SETTLED_S = 2.0
"""A success sooner after a failure ends no incident: a slow store fails and answers in turns."""
QUIET_S = 60.0
"""Without a success to see, an incident is over when it has not happened for so long."""


class Incident:
    """One kind of event. `note` tells that it happened. Any thread may call it; only the first call writes.

    With `quiet_s` a timer ends the incident, else `over` does. The last line is named `ended`.
    """

    def __init__(
        self,
        event: str,
        write: Callable[..., Any],
        *,
        ended: str = "",
        quiet_s: float | None = QUIET_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._event, self._write, self._ended = event, write, ended or f"{event}_over"
        self._quiet_s, self._clock = quiet_s, clock
        self._lock = threading.Lock()
        self._count = 0
        self._begun_at = self._last_at = 0.0

    def note(self, **facts: Any) -> None:
        """Counts. The first time writes the line, with `facts`."""
        with self._lock:
            self._count += 1
            self._last_at = self._clock()
            is_first = self._count == 1
            if is_first:
                self._begun_at = self._last_at
        if is_first:
            self._write(self._event, **facts)
            if self._quiet_s is not None:
                self._look_after(self._quiet_s)

    def over(self, **facts: Any) -> None:
        """Tells that it works again. Ends the incident unless it happened within the last `SETTLED_S`."""
        if self._count and self._clock() - self._last_at >= SETTLED_S:
            self._finish(facts)

    def forget(self) -> None:
        """Ends it without a line."""
        with self._lock:
            self._count = 0

    def _finish(self, facts: dict[str, Any]) -> None:
        with self._lock:
            count, self._count = self._count, 0
            lasted_s = self._last_at - self._begun_at
        if count:
            self._write(self._ended, count=count, lasted_s=round(lasted_s, 1), **facts)

    def _look_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        left_s = (self._quiet_s or 0.0) - (self._clock() - self._last_at)
        if left_s > 0 and self._count:
            self._look_after(left_s)
        else:
            self._finish({})
