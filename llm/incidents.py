"""Log lines for what keeps happening: one when it begins, one with the number of times when it is over."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

SETTLED_S = 2.0
"""A success sooner after a failure ends no incident: a slow store fails and answers in turns."""
QUIET_S = 60.0
"""Without a success to see, an incident is over when it has not happened for so long."""
LONGEST_S = 600.0
"""An incident without a success to see is counted anew after so long."""


class Incident:
    """One kind of event. `note` tells that it happened. Any thread may call it; only the first call writes.

    With `quiet_s` a timer ends the incident, else `over` does. Its last line is named `ended`. `log` is structlog's.
    """

    def __init__(
        self,
        event: str,
        log: Any,
        *,
        level: str = "warning",
        ended: str = "",
        quiet_s: float | None = QUIET_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._event, self._ended = event, ended or f"{event}_over"
        self._log, self._level = log, level
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
            getattr(self._log, self._level)(self._event, **facts)
            if self._quiet_s is not None:
                self._look_after(self._quiet_s)

    def over(self) -> None:
        """Tells that it works again. Ends the incident unless it happened within the last `SETTLED_S`."""
        if self._count and self._clock() - self._last_at >= SETTLED_S:
            self._finish()

    def forget(self) -> None:
        """Ends it without a line."""
        with self._lock:
            self._count = 0

    def _finish(self) -> None:
        with self._lock:
            count, self._count = self._count, 0
            lasted_s = self._last_at - self._begun_at
        if count:
            getattr(self._log, self._level)(self._ended, count=count, lasted_s=round(lasted_s, 1))

    def _look_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        now = self._clock()
        left_s = (self._quiet_s or 0.0) - (now - self._last_at)
        if left_s > 0 and self._count and now - self._begun_at < LONGEST_S:
            self._look_after(left_s)
        else:
            self._finish()
