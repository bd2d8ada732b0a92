"""One worker's view of the circuits, and the changes that it has yet to write. Memory only: no I/O.

While the store is available, the shared records count. While it is unavailable, the worker applies its own changes to
the last known state. Afterwards the higher generation wins. At equal generations, the worker's changes are replayed.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from llm.core.circuit import window as live
from llm.core.circuit.state import Circuit, release
from llm.core.circuit.window import Window
from llm.stores.circuits.records import CircuitChange, Versioned, same_but_for_counts

Step = Callable[[Circuit], Circuit]

BY_GATEWAY = "gateway"
MAX_PENDING = 1000
"""Beyond that the oldest pending changes are dropped; the circuits that they led to stay in the view."""
LEASE_OFFLINE_AFTER_S = 5.0
"""Offline for so long, a worker grants itself the trial lease, which is one among all workers. Up to one probe per
worker is better than none, since the outage has no known end. Earlier, another worker may still hold the lease."""


def without_new_lease(before: Circuit, after: Circuit, offline_s: float) -> Circuit:
    """The circuit after a change made offline: `after`, or `before` when the change takes a lease too early.

    `offline_s`: for how many seconds the store has been unavailable.
    """
    takes_lease = after.trial_holder not in ("", before.trial_holder)
    return before if takes_lease and offline_s < LEASE_OFFLINE_AFTER_S else after


@dataclass(slots=True, eq=False, kw_only=True)
class PendingChange:
    """A circuit change not yet written to the store. Skipped when cancelled.

    `done` gets the circuit after the change, shared or local. `offline` is the local transition, when it was applied
    while the store did not answer. `refused_holder`: who asked for a lease that this worker must not grant alone.
    """

    provider: str
    step: Step
    by: str
    offline: CircuitChange | None = None
    refused_holder: str = ""
    done: Future[Circuit] = field(default_factory=Future)

    @property
    def cancelled(self) -> bool:
        return bool(self.refused_holder)

    def applied_to(self, circuit: Circuit) -> Circuit:
        """The shared circuit after this change."""
        if self.cancelled:
            return circuit
        if self.offline is None:
            return self.step(circuit)
        before, after = self.offline.before, self.offline.after
        counts = live.subtract(after.window, before.window)
        if after.generation > circuit.generation:
            result, cleared = after, bool(before.window) and not after.window
        else:
            # The gateway's results from an older generation are stale; changes by people and probes still apply.
            stale = self.by == BY_GATEWAY and before.generation < circuit.generation
            result = circuit if stale else self.step(circuit)
            cleared = bool(circuit.window) and not result.window
        return replace(result, window=() if cleared else live.add(circuit.window, counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Changes of one circuit that are written as one, and resent under their `number` until the store confirms.

    `counts` are outcomes that no change contains. `at` in epoch seconds.
    """

    number: int
    provider: str
    at: float
    counts: Window = ()
    changes: tuple[PendingChange, ...] = ()

    def apply(self, circuit: Circuit) -> tuple[Circuit, tuple[CircuitChange, ...]]:
        """The shared circuit after the batch, and each change of more than counts on the way there."""
        after, transitions = with_counts(circuit, self.counts), []
        for change in self.changes:
            before, after = after, change.applied_to(after)
            transition = CircuitChange(provider=self.provider, before=before, after=after, by=change.by)
            if transition.does_more_than_count:
                transitions.append(transition)
        if after != circuit:
            after = replace(after, window=live.prune(after.window, self.at))
        return after, tuple(transitions)


class LocalView:
    """Thread-safe; holds its lock only briefly. `writer` identifies it to the store, together with batch numbers."""

    def __init__(self) -> None:
        self.writer = uuid4().hex
        self._lock = threading.Lock()
        self._shared: dict[str, Versioned] = {}
        self._offline: dict[str, Circuit] = {}
        self._counted: dict[str, Window] = {}
        self._pending: deque[PendingChange] = deque(maxlen=MAX_PENDING)
        self._batch: Batch | None = None
        self._number = 0
        self._known: Mapping[str, Circuit] | None = None
        """What `circuits` returns, made once between two changes; never changed itself."""

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            finally:
                self._known = None

    def circuits(self) -> dict[str, Circuit]:
        """Every known circuit, with this worker's own changes and counts. Takes the lock only after a change."""
        if (known := self._known) is None:
            with self._lock:
                names = self._shared.keys() | self._offline.keys() | self._counted.keys()
                known = self._known = {name: self._current(name) for name in names}
        return dict(known)

    def count(self, provider: str, step: Step) -> Circuit | None:
        """Applies a step that changes only counts, and keeps them for the next batch. None when it changes more."""
        with self._lock:
            before = (self._known or {}).get(provider) or self._current(provider)
            after = step(before)
            if not same_but_for_counts(after, before):
                return None
            counted = live.add(self._counted.get(provider, ()), live.subtract(after.window, before.window))
            self._counted[provider] = live.prune(counted, time.time())
            if self._known is not None:
                self._known = {**self._known, provider: after}
            return after

    def enqueue(self, provider: str, step: Step, by: str) -> PendingChange:
        """Adds a change to the next batch."""
        change = PendingChange(provider=provider, step=step, by=by)
        with self._lock:
            self._pending.append(change)
        return change

    def apply_offline(self, change: PendingChange, *, offline_s: float) -> CircuitChange | None:
        """Applies the change in this worker only. None when it is already written, applied, or its step raised.

        Refuses a new lease until the store has been unavailable for `offline_s` >= LEASE_OFFLINE_AFTER_S.
        """
        with self._changing():
            if change.done.done():
                return None
            before = self._current(change.provider)
            try:
                wanted = change.step(before)
            except Exception as error:  # noqa: BLE001  the step's own error goes to its caller
                self._drop(change)
                change.done.set_exception(error)
                return None
            after = without_new_lease(before, wanted, offline_s)
            transition = CircuitChange(provider=change.provider, before=before, after=after, by=change.by)
            if after is wanted:
                change.offline = transition
                own = live.subtract(after.window, self._unsent(change.provider))
                self._offline[change.provider] = replace(after, window=own)
            else:
                self._drop(change)
                change.refused_holder = wanted.trial_holder
            change.done.set_result(after)
        return transition

    def _drop(self, change: PendingChange) -> None:
        """Takes the change off the queue, unless a batch has it already."""
        if change in self._pending:
            self._pending.remove(change)

    def waiting(self) -> list[PendingChange]:
        """The changes whose callers still wait, oldest first."""
        with self._lock:
            sent = self._batch.changes if self._batch else ()
            return [change for change in (*sent, *self._pending) if not change.done.done()]

    def next_batch(self, *, counts: bool) -> Batch | None:
        """The next batch to write: an unconfirmed one first, then changes, then (with `counts`) mere counts."""
        with self._changing():
            if self._batch is None:
                counting = (name for name, counted in self._counted.items() if counted) if counts else iter(())
                provider = self._pending[0].provider if self._pending else next(counting, None)
                self._batch = None if provider is None else self._form(provider)
            return self._batch

    def _form(self, provider: str) -> Batch:
        changes = tuple(change for change in self._pending if change.provider == provider)
        others = (change for change in self._pending if change.provider != provider)
        self._pending = deque(others, maxlen=MAX_PENDING)
        counts = self._counted.pop(provider, ())
        return Batch(number=self._next_number(), provider=provider, at=time.time(), counts=counts, changes=changes)

    def empty_batch(self, provider: str) -> Batch:
        """A batch without changes, for a store that has lost what this worker knows."""
        with self._lock:
            return Batch(number=self._next_number(), provider=provider, at=time.time())

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def confirm(self, batch: Batch, record: Versioned) -> None:
        """Ends the batch: `record` is the shared circuit after it. Enqueues a release for a refused lease in it."""
        with self._changing():
            self._batch = None
            self._share(batch.provider, record)
            if not any(change.provider == batch.provider for change in self._pending):
                self._offline.pop(batch.provider, None)
            current = self._current(batch.provider)
            for change in batch.changes:
                if not change.done.done():
                    change.done.set_result(current)
                elif change.cancelled and change.refused_holder == record.circuit.trial_holder:
                    step = partial(release, holder=change.refused_holder)
                    self._pending.append(PendingChange(provider=batch.provider, step=step, by=change.by))

    def reject(self, batch: Batch, error: Exception) -> None:
        """Drops the batch, because one of its steps raised `error`; its waiting callers get the error."""
        with self._changing():
            self._batch = None
            self._offline.pop(batch.provider, None)
            for change in batch.changes:
                if not change.done.done():
                    change.done.set_exception(error)

    def shared(self, provider: str) -> Versioned | None:
        """The shared record, as this worker last read it."""
        with self._lock:
            return self._shared.get(provider)

    def versions(self) -> dict[str, int]:
        """The versions of all known records."""
        with self._lock:
            return {name: record.version for name, record in self._shared.items()}

    def on_notice(self, provider: str, record: Versioned) -> None:
        """Takes over another worker's change; ignores a version that is known already."""
        with self._changing():
            known = self._shared.get(provider)
            if known is None or record.version > known.version:
                self._share(provider, record)

    def replace_all(self, records: Mapping[str, Versioned]) -> None:
        """Takes over all records of a store that loses nothing, and forgets those that are gone from it."""
        with self._changing():
            self._shared = {}
            for name, record in records.items():
                self._share(name, record)

    def merge_all(self, records: Mapping[str, Versioned], since: Mapping[str, int]) -> list[str]:
        """Takes over all records of a store that may have lost some. `since`: `versions()` before the read.

        Returns the providers of which the store knows less than this worker.
        """
        with self._changing():
            for name, record in records.items():
                known = self._shared.get(name)
                if known and known.version != since.get(name) and known.version > record.version:
                    continue  # a notice overtook the read
                if known and known.circuit.generation > record.circuit.generation:
                    self._shared[name] = Versioned(circuit=known.circuit, version=record.version)
                else:
                    self._share(name, record)
            return [
                name
                for name, known in self._shared.items()
                if name not in records or known.circuit.generation > records[name].circuit.generation
            ]

    def seed(self, rows: Mapping[str, Versioned]) -> None:
        """Takes over the database's rows where nothing is known, or an older generation. Ignores their counts."""
        with self._changing():
            for name, row in rows.items():
                known = self._shared.get(name)
                if known is None or row.circuit.generation > known.circuit.generation:
                    circuit = replace(row.circuit, window=known.circuit.window if known else ())
                    self._share(name, Versioned(circuit=circuit, version=known.version if known else 0))

    def _share(self, provider: str, record: Versioned) -> None:
        self._shared[provider] = record
        offline = self._offline.get(provider)
        if offline is not None and offline.generation < record.circuit.generation:
            del self._offline[provider]

    def _current(self, provider: str) -> Circuit:
        offline, known = self._offline.get(provider), self._shared.get(provider)
        circuit = offline or (known.circuit if known else Circuit())
        return with_counts(circuit, self._unsent(provider))

    def _unsent(self, provider: str) -> Window:
        counted = self._counted.get(provider, ())
        sending = self._batch.counts if self._batch is not None and self._batch.provider == provider else ()
        return live.add(counted, sending) if sending else counted


def with_counts(circuit: Circuit, counts: Window) -> Circuit:
    return replace(circuit, window=live.add(circuit.window, counts)) if counts else circuit
