"""The circuits as all workers share them, seen from async code: cached, compare-and-set, never waiting long.

The database is the one truth. What a worker counts in good times (its share of the live window) is
written now and then with the next read; what changes a circuit is written at once. When the
database is slow or gone, local state decides and the changes are made up for later; only a trial's
lease, which is one among all workers, is not to be had then until that has lasted for a while.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from llm.core.circuit import window as live
from llm.core.circuit.state import Circuit, release
from llm.core.circuit.window import Window
from llm.stores.circuits import rows as circuits
from llm.stores.circuits.alone import without_new_lease
from llm.stores.circuits.redis import RedisCircuitStore
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.timeouts import timeouts_of

log = structlog.get_logger(__name__)

FRESH_S = 0.1
REFRESH_S = 0.05
"""Done beside the requests, and only while there are some; one waits for what is older than FRESH_S."""
COUNTS_S = 0.5
AGAIN_S = 0.5
"""Between two tries of a database that is gone: it is not asked by every request."""
GONE = (DatabaseError, InterfaceError)

Step = Callable[[Circuit], Circuit]


@dataclass(slots=True, eq=False, kw_only=True)
class Owed:
    """A change that the database is to be told, unless it has become `void` by then."""

    provider: str
    step: Step
    by: str
    void: bool = False


class DatabaseCircuitStore:
    """Fits `llm.gateway.ports.Circuits`. One instance serves all event loops and threads of a process."""

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._known: dict[str, Circuit] = {}
        self._counted: dict[str, Window] = {}
        self._owed: deque[Owed] = deque(maxlen=1000)
        self._read_at = self._away_until = self._counts_at = -FRESH_S
        self._refreshing = False
        self.failing_since: datetime | None = None

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        """Every known circuit: at most a tenth of a second old while the database answers in time, with `fresh` as of
        this moment.
        """
        age = monotonic() - self._read_at
        if age > FRESH_S or (fresh and monotonic() >= self._away_until):
            try:
                await self._thread.run(self._refresh if fresh else self._refresh_if_old)
            except (TimeoutError, *GONE) as error:
                self._note_trouble(_why(error))
        elif age > REFRESH_S and not self._refreshing:
            self._refreshing = True
            self._thread.submit(self._refresh_quietly)
        return self.peek()

    def peek(self) -> dict[str, Circuit]:
        """What is known here and now, without asking anybody."""
        with self._lock:
            names = self._known.keys() | self._counted.keys()
            return {name: self._with_counts(name, self._known.get(name, Circuit())) for name in names}

    async def change(self, provider: str, step: Step, *, by: str = "gateway") -> Circuit:
        """See the port. When the database does not answer in time, the change holds here and is sent later."""
        local = self._apply_locally(provider, step)
        if local is not None:
            return local
        owed = Owed(provider=provider, step=step, by=by)
        if monotonic() < self._away_until:
            circuit, refused = self._hold_here(owed)
            if not refused:
                self._owed.append(owed)
            return circuit
        try:
            return await self._thread.run(lambda: self._change_or_owe(owed))
        except (TimeoutError, *GONE) as error:
            self._note_trouble(_why(error))
        except circuits.Contended:
            log.warning("circuit_contended", provider=provider)
        circuit, refused = self._hold_here(owed)
        if refused:
            self._thread.submit(lambda: self._give_back(provider, refused))
        return circuit

    def _change_or_owe(self, owed: Owed) -> Circuit:
        """On the data thread, where it is known how a change ended that nobody waits for any more."""
        try:
            self._pay()
            if owed.void:
                return self.peek().get(owed.provider, Circuit())
            return self.change_now(owed.provider, owed.step, by=owed.by)
        except GONE:
            self._owed.append(owed)
            raise

    def _pay(self) -> None:
        """Sends what is owed, in its order."""
        while self._owed:
            first = self._owed[0]
            try:
                if not first.void:
                    self.change_now(first.provider, first.step, by=first.by)
            except circuits.Contended:
                log.warning("circuit_contended", provider=first.provider)
            self._owed.popleft()

    def _hold_here(self, owed: Owed) -> tuple[Circuit, str]:
        """Applies the change to what this worker knows, apart from the counts that it has yet to send.

        A lease that a worker alone may not grant makes it void; then its holder is answered too.
        """
        with self._lock:
            counted = self._counted.get(owed.provider, ())
            before = _counting(self._known.get(owed.provider, Circuit()), counted)
            wished = owed.step(before)
            after = without_new_lease(before, wished, self._alone_s())
            if after is not wished:
                owed.void = True
                return after, wished.trial_holder
            self._known[owed.provider] = replace(after, window=live.subtract(after.window, counted))
            return after, ""

    def _give_back(self, provider: str, holder: str) -> None:
        """On the data thread, behind the change that may have taken the lease after all."""
        self._owed.append(Owed(provider=provider, step=partial(release, holder=holder), by="gateway"))
        self._refresh_quietly()

    def _alone_s(self) -> float:
        return (datetime.now(UTC) - self.failing_since).total_seconds() if self.failing_since else 0.0

    def _apply_locally(self, provider: str, step: Step) -> Circuit | None:
        """The health after a step that only counts; None when the step changes more."""
        with self._lock:
            before = self._with_counts(provider, self._known.get(provider, Circuit()))
            after = step(before)
            if circuits.without_counts(after) != circuits.without_counts(before):
                return None
            delta = live.subtract(after.window, before.window)
            self._counted[provider] = live.add(self._counted.get(provider, ()), delta)
            return after

    def change_now(self, provider: str, step: Step, *, by: str) -> Circuit:
        """Synchronous compare-and-set, for threads that may wait. Raises DatabaseError, Contended."""
        with self._lock:
            counted = self._counted.pop(provider, ())
        try:
            done = circuits.change(
                provider, lambda circuit: step(_counting(circuit, counted)), now=datetime.now(UTC), by=by
            )
        except BaseException:
            with self._lock:
                self._counted[provider] = live.add(self._counted.get(provider, ()), counted)
            raise
        with self._lock:
            self._known[provider] = done.circuit
            return self._with_counts(provider, done.circuit)

    def refresh(self) -> None:
        """Synchronous read of all circuits, for threads that may wait. Raises DatabaseError."""
        self._counts_at = -FRESH_S
        self._refresh()

    def close(self) -> None:
        """For the end of a process: sends what is owed, if the database is there to take it."""
        self._counts_at = -FRESH_S
        self._refresh_quietly()

    def forget(self) -> None:
        """Drops all that is known here, so that the next read starts from the database."""
        with self._lock:
            self._known.clear()
            self._counted.clear()
            self._owed.clear()
            self._read_at = self._away_until = self._counts_at = -FRESH_S
            self.failing_since = None

    def _refresh_if_old(self) -> None:
        """One refresh serves all who wait for it: a burst of requests is not one of queries."""
        if monotonic() - self._read_at > REFRESH_S:
            self._refresh()

    def _refresh_quietly(self) -> None:
        try:
            self._refresh()
        except GONE as error:
            self._note_trouble(_why(error))
        finally:
            self._refreshing = False

    def _refresh(self) -> None:
        """Sends what is owed, then reads all."""
        self._pay()
        if monotonic() - self._counts_at >= COUNTS_S:
            self._send_counts()
        begun = monotonic()
        rows = circuits.read_all()
        with self._lock:
            self._known = {name: row.circuit for name, row in rows.items()}
            self._read_at = monotonic()
        prompt = self._read_at - begun <= timeouts_of(self._thread.timeout_s).slow_after_s
        if prompt and self.failing_since is not None:
            log.info("health_store_back", store="database", away_since=self.failing_since.isoformat())
            self.failing_since = None

    def _send_counts(self) -> None:
        with self._lock:
            counting = [name for name, counted in self._counted.items() if counted]
        for name in counting:
            try:
                self.change_now(name, lambda circuit: circuit, by="gateway")
            except circuits.Contended:
                log.warning("circuit_contended", provider=name)  # they stay counted here and go with the next ones
        self._counts_at = monotonic()

    def _note_trouble(self, why: str) -> None:
        self._away_until = monotonic() + AGAIN_S
        self._read_at = self._away_until - FRESH_S
        if self.failing_since is None:
            self.failing_since = datetime.now(UTC)
            log.warning(
                "health_store_unreachable",
                store="database",
                why=why,
                meaning="circuits are judged by this worker alone",
            )

    def _with_counts(self, name: str, circuit: Circuit) -> Circuit:
        return _counting(circuit, self._counted.get(name, ()))


def _why(error: Exception) -> str:
    return "slow" if isinstance(error, TimeoutError) else type(error).__name__


def _counting(circuit: Circuit, counted: Window) -> Circuit:
    if not counted:
        return circuit
    return replace(circuit, window=live.add(circuit.window, counted))


circuit_store: DatabaseCircuitStore | RedisCircuitStore = (
    RedisCircuitStore(settings.REDIS_URL) if settings.REDIS_URL else DatabaseCircuitStore()
)
"""The circuits of this process's workers: through Redis when there is one, else through the database."""
