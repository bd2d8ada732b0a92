"""The totals of the database as they were a few seconds ago, one answer for all workers of this machine.

Two workers that counted for themselves would show a scraper a smaller number after a larger one, which it takes for a
restart. So one counts, and the others read its answer from a file.
"""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from llm.services.runtime import clock
from llm.stores.calls.codec import decode, encode_json
from llm.stores.metrics.page import folder
from llm.stores.metrics.pages import locked
from llm.stores.usage.totals import Totals, totals

KEPT_S = 5.0
"""How old the totals may be."""
REST = 10.0
"""They are kept as many times as long as it took to count them: at most a tenth of one connection's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`at` and `took_s`: seconds of the wall clock, of the machine's for all workers."""

    at: float
    took_s: float
    totals: Totals

    def is_fresh(self, now: float) -> bool:
        """Whether they may still be shown. A clock that was put back makes them old."""
        return 0 <= now - self.at <= max(KEPT_S, REST * self.took_s)


class SharedTotals:
    """Counts when the last count is old, in the calling thread. Raises the driver's errors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Counted | None = None

    def read(self) -> Counted:
        """The totals, at most a few seconds old unless another process is counting."""
        with self._lock:
            if self._last is None or not self._last.is_fresh(time.time()):
                self._last = self._shared(folder() / "totals.json")
            return self._last

    def forget(self) -> None:
        """The next reader counts."""
        with self._lock:
            self._last = None
            (folder() / "totals.json").unlink(missing_ok=True)

    def _shared(self, path: Path) -> Counted:
        try:
            with locked(path.with_suffix(".lock")):
                kept = _kept(path)
                if kept is not None and kept.is_fresh(time.time()):
                    return kept
                counted = _count()
                new = path.with_suffix(".new")
                new.write_bytes(encode_json(counted))
                new.replace(path)
                return counted
        except OSError:  # the folder cannot be written: each worker counts for itself
            return _count()


def _kept(path: Path) -> Counted | None:
    try:
        return decode(Counted, json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None


def _count() -> Counted:
    begun = time.monotonic()
    found = totals(clock.now())
    return Counted(at=time.time(), took_s=time.monotonic() - begun, totals=found)


shared_totals = SharedTotals()
