"""The circuits as all workers share them, seen from async code: cached, compare-and-set, never waiting long.

The database is the one truth. What a worker counts in good times (its share of the live window) is
written once a second with the next read; what changes a circuit is written at once. When the
database is slow or gone, local state decides and the changes are made up for later.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from llm.core import window as live
from llm.core.health import Health
from llm.core.window import Window
from llm.stores import circuits
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.redis_health import RedisHealthStore

log = structlog.get_logger(__name__)

FRESH_S = 1.0
REFRESH_S = 0.5
GONE = (DatabaseError, InterfaceError)

Step = Callable[[Health], Health]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A change that the database is to be told."""

    provider: str
    step: Step
    by: str


class DatabaseHealthStore:
    """Fits `llm.gateway.ports.HealthStore`. One instance serves all event loops and threads of a process."""

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._known: dict[str, Health] = {}
        self._counted: dict[str, Window] = {}
        self._owed: deque[Owed] = deque(maxlen=1000)
        self._read_at = self._away_until = -FRESH_S
        self._refreshing = False
        self.failing_since: datetime | None = None

    async def read(self) -> dict[str, Health]:
        """Every known circuit: at most a second old while the database answers in time."""
        age = monotonic() - self._read_at
        if age > FRESH_S:
            try:
                await self._thread.run(self._refresh_if_old)
            except (TimeoutError, *GONE):
                self._note_trouble()
        elif age > REFRESH_S and not self._refreshing:
            self._refreshing = True
            self._thread.submit(self._refresh_quietly)
        return self.peek()

    def peek(self) -> dict[str, Health]:
        """What is known here and now, without asking anybody."""
        with self._lock:
            names = self._known.keys() | self._counted.keys()
            return {name: self._with_counts(name, self._known.get(name, Health())) for name in names}

    async def change(self, provider: str, step: Step, *, by: str = "gateway") -> Health:
        """See the port. When the database does not answer in time, the change holds here and is sent later."""
        local = self._apply_locally(provider, step)
        if local is not None:
            return local
        owed = Owed(provider=provider, step=step, by=by)
        if monotonic() < self._away_until:
            self._owed.append(owed)
            return self._hold_here(owed)
        try:
            return await self._thread.run(lambda: self._change_or_owe(owed))
        except (TimeoutError, *GONE):
            self._note_trouble()
        except circuits.Contended:
            log.warning("circuit_contended", provider=provider)
        return self._hold_here(owed)

    def _change_or_owe(self, owed: Owed) -> Health:
        """On the data thread, where it is known how a change ended that nobody waits for any more."""
        try:
            self._pay()
            return self.change_now(owed.provider, owed.step, by=owed.by)
        except GONE:
            self._owed.append(owed)
            raise

    def _pay(self) -> None:
        """Sends what is owed, in its order."""
        while self._owed:
            first = self._owed[0]
            try:
                self.change_now(first.provider, first.step, by=first.by)
            except circuits.Contended:
                log.warning("circuit_contended", provider=first.provider)
            self._owed.popleft()

    def _hold_here(self, owed: Owed) -> Health:
        """Applies the change to what this worker knows, apart from the counts that it has yet to send."""
        with self._lock:
            counted = self._counted.get(owed.provider, ())
            after = owed.step(_counting(self._known.get(owed.provider, Health()), counted))
            self._known[owed.provider] = replace(after, window=live.subtract(after.window, counted))
            return after

    def _apply_locally(self, provider: str, step: Step) -> Health | None:
        """The health after a step that only counts; None when the step changes more."""
        with self._lock:
            before = self._with_counts(provider, self._known.get(provider, Health()))
            after = step(before)
            if circuits.without_counts(after) != circuits.without_counts(before):
                return None
            delta = live.subtract(after.window, before.window)
            self._counted[provider] = live.add(self._counted.get(provider, ()), delta)
            return after

    def change_now(self, provider: str, step: Step, *, by: str) -> Health:
        """Synchronous compare-and-set, for threads that may wait. Raises DatabaseError, Contended."""
        with self._lock:
            counted = self._counted.pop(provider, ())
        try:
            done = circuits.change(
                provider, lambda health: step(_counting(health, counted)), now=datetime.now(UTC), by=by
            )
        except BaseException:
            with self._lock:
                self._counted[provider] = live.add(self._counted.get(provider, ()), counted)
            raise
        with self._lock:
            self._known[provider] = done.health
            return self._with_counts(provider, done.health)

    def refresh(self) -> None:
        """Synchronous read of all circuits, for threads that may wait. Raises DatabaseError."""
        self._refresh()

    def close(self) -> None:
        """For the end of a process: sends what is owed, if the database is there to take it."""
        self._refresh_quietly()

    def forget(self) -> None:
        """Drops all that is known here, so that the next read starts from the database."""
        with self._lock:
            self._known.clear()
            self._counted.clear()
            self._owed.clear()
            self._read_at = self._away_until = -FRESH_S
            self.failing_since = None

    def _refresh_if_old(self) -> None:
        """One refresh serves all who wait for it: a burst of requests is not one of queries."""
        if monotonic() - self._read_at > REFRESH_S:
            self._refresh()

    def _refresh_quietly(self) -> None:
        try:
            self._refresh()
        except GONE:
            self._note_trouble()
        finally:
            self._refreshing = False

    def _refresh(self) -> None:
        """Sends what is owed, then reads all."""
        self._pay()
        with self._lock:
            counting = [name for name, counted in self._counted.items() if counted]
        for name in counting:
            self._send_counts(name)
        rows = circuits.read_all()
        with self._lock:
            self._known = {name: row.health for name, row in rows.items()}
            self._read_at = monotonic()
        if self.failing_since is not None:
            log.info("health_store_back", away_since=self.failing_since.isoformat())
            self.failing_since = None

    def _send_counts(self, name: str) -> None:
        try:
            self.change_now(name, lambda health: health, by="gateway")
        except circuits.Contended:
            log.warning("circuit_contended", provider=name)  # they stay counted here and go with the next ones

    def _note_trouble(self) -> None:
        # The next try is half a second away: a database that is gone is not asked by every request.
        self._away_until = monotonic() + REFRESH_S
        self._read_at = self._away_until - FRESH_S
        if self.failing_since is None:
            self.failing_since = datetime.now(UTC)
            log.warning("health_store_unreachable", meaning="circuits are judged by this worker alone")

    def _with_counts(self, name: str, health: Health) -> Health:
        return _counting(health, self._counted.get(name, ()))


def _counting(health: Health, counted: Window) -> Health:
    if not counted:
        return health
    return replace(health, window=live.add(health.window, counted))


health_store: DatabaseHealthStore | RedisHealthStore = (
    RedisHealthStore(settings.REDIS_URL) if settings.REDIS_URL else DatabaseHealthStore()
)
"""The circuits of this process's workers: through Redis when there is one, else through the database."""
