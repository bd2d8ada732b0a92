"""The database as the circuits' backend: turns run in the data thread, when requests ask for them."""

from datetime import UTC, datetime
from math import inf

from llm.stores.circuits import rows
from llm.stores.circuits.base import CircuitStore
from llm.stores.circuits.records import Versioned, Write, Written
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.timeouts import StoreTimeouts, timeouts_of
from llm.stores.unavailable import UNAVAILABLE


class DatabaseCircuitStore(CircuitStore):
    """Circuits shared through rows and their versions. Writes the event rows itself."""

    name = "database"
    unavailable = UNAVAILABLE
    fresh_s = 0.1
    refresh_s = 0.05
    turn_s = inf
    is_durable = True
    has_notices = False

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        super().__init__()

    def _start_over(self) -> None:
        super()._start_over()
        self._scheduled = False

    @property
    def timeouts(self) -> StoreTimeouts:
        return timeouts_of(self._thread.timeout_s)

    def read_all(self) -> dict[str, Versioned]:
        return rows.read_all()

    def compare_and_set(self, write: Write) -> Written:
        now = datetime.now(UTC)
        if rows.compare_and_set(write.provider, write.circuit, write.transitions, expected=write.expected, now=now):
            return Written(done=True, stored=Versioned(circuit=write.circuit, version=write.expected + 1))
        return Written(done=False, stored=rows.read_all().get(write.provider))

    def _start(self) -> None:
        """The data thread starts by itself."""

    def _wake(self) -> None:
        with self._lock:
            if self._scheduled:
                return
            self._scheduled = True
        self._thread.submit(self._scheduled_turn)

    def _scheduled_turn(self) -> None:
        self._scheduled = False
        self._run_turn()

    def _turn_now(self) -> None:
        """Runs the turn in the calling thread, on its connection and in its transaction."""
        self._run_turn(wait_s=self.timeouts.timeout_s)

    def _stop(self, *, flush: bool) -> None:
        if flush:
            self._counts_at = self._turn_at = self._retry_at = -inf
            self._run_turn()

    def _wait_s(self) -> float:
        limit_s = self._thread.timeout_s
        return 0 if self._thread.is_stuck(limit_s) else limit_s
