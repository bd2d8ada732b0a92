"""What one worker knows of the circuits and has yet to tell the others. Memory only: it asks and writes nothing.

While the shared store answers, what is shared counts. While it does not, the worker judges alone, from
what it knew last. When they meet again, the higher generation wins; where both are equal, the worker's
steps are taken once more on what is shared.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial, reduce

from llm.core.circuit import window as live
from llm.core.circuit.state import Circuit, release
from llm.core.circuit.window import Window
from llm.stores.circuits.alone import without_new_lease
from llm.stores.circuits.rows import Versioned, without_counts

Step = Callable[[Circuit], Circuit]

BY_GATEWAY = "gateway"
MOST_OWED = 1000
"""What a worker alone remembers of its steps; beyond that the oldest are forgotten, its judgement is not."""


@dataclass(slots=True, eq=False, kw_only=True)
class Owed:
    """A change that the others are to be told.

    `done` gets what holds after it: for all, or, when that takes too long, for this worker alone; then
    `generation` is the one on which it was judged, `counts` what it added to the window. `refused` is
    the holder of a lease that this worker alone could not grant.
    """

    provider: str
    step: Step
    by: str
    generation: int = 0
    counts: Window = ()
    refused: str = ""
    done: Future[Circuit] = field(default_factory=Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A circuit before and after one change; `by` is the cause."""

    provider: str
    before: Circuit
    after: Circuit
    by: str

    @property
    def is_transition(self) -> bool:
        """Whether the circuit has another state now, or is throttled anew."""
        old, new = self.before, self.after
        return (old.generation, old.throttled_until) != (new.generation, new.throttled_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Changes of one circuit that are written as one, and sent again under their `number` until an answer comes.

    `held` are those that hold in this worker already, and `alone` is what they made of its circuit; on
    `waiting` somebody waits. `at` in epoch seconds.
    """

    number: int
    provider: str
    at: float
    counts: Window = ()
    alone: Circuit | None = None
    held: tuple[Owed, ...] = ()
    waiting: tuple[Owed, ...] = ()

    @property
    def by(self) -> str:
        """The cause: whoever is not the gateway itself, if there is one."""
        return next((o.by for o in (*self.waiting, *self.held) if o.by != BY_GATEWAY), BY_GATEWAY)

    def apply(self, circuit: Circuit) -> Circuit:
        """The shared health after all of it."""
        after = self._rejoined(_counting(circuit, self.counts))
        for owed in self.waiting:
            after = owed.step(after)
        return circuit if after == circuit else replace(after, window=live.prune(after.window, self.at))

    def _rejoined(self, circuit: Circuit) -> Circuit:
        if self.alone is not None and self.alone.generation > circuit.generation:
            return replace(self.alone, window=reduce(live.add, (owed.counts for owed in self.held), circuit.window))
        for owed in self.held:
            # Of what came before the others' newer generation, only the doing of people and probes still matters.
            still = owed.by != BY_GATEWAY or owed.generation >= circuit.generation
            after = owed.step(circuit) if still else circuit
            cleared = bool(circuit.window) and not after.window
            circuit = after if cleared else replace(after, window=live.add(circuit.window, owed.counts))
        return circuit


class LocalView:
    """Thread-safe; nothing here waits for anything but its own lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[str, Versioned] = {}
        self._alone: dict[str, Circuit] = {}
        self._counted: dict[str, Window] = {}
        self._owed: deque[Owed] = deque(maxlen=MOST_OWED)
        self._batch: Batch | None = None
        self._number = 0

    def view(self) -> dict[str, Circuit]:
        """The circuits as this worker sees them."""
        with self._lock:
            names = self._shared.keys() | self._alone.keys() | self._counted.keys()
            return {name: self._seen(name) for name in names}

    def count(self, provider: str, step: Step) -> Circuit | None:
        """The health after a step that only counts, which is kept for the next batch; None when it changes more."""
        with self._lock:
            before = self._seen(provider)
            after = step(before)
            if without_counts(after) != without_counts(before):
                return None
            counted = live.add(self._counted.get(provider, ()), live.subtract(after.window, before.window))
            self._counted[provider] = live.prune(counted, time.time())
            return after

    def owe(self, provider: str, step: Step, by: str) -> Owed:
        """Puts a change into the next batch."""
        owed = Owed(provider=provider, step=step, by=by)
        with self._lock:
            self._owed.append(owed)
        return owed

    def hold(self, owed: Owed, *, offline_s: float) -> Judged | None:
        """Lets the change hold in this worker, without the others; None when it has been written or held before.

        A lease is refused, unless the others have been away for long: `offline_s`, in seconds.
        """
        with self._lock:
            if owed.done.done():
                return None
            before = self._seen(owed.provider)
            try:
                wished = owed.step(before)
            except Exception as error:  # noqa: BLE001  the step's own: it goes to whoever waits for it
                self._drop(owed)
                owed.done.set_exception(error)
                return None
            after = without_new_lease(before, wished, offline_s)
            if after is wished:
                owed.generation, owed.counts = before.generation, live.subtract(after.window, before.window)
                own = live.subtract(after.window, self._unsent(owed.provider))
                self._alone[owed.provider] = replace(after, window=own)
            else:
                self._drop(owed)
                owed.refused, owed.step = wished.trial_holder, lambda circuit: circuit
            owed.done.set_result(after)
        return Judged(provider=owed.provider, before=before, after=after, by=owed.by)

    def _drop(self, owed: Owed) -> None:
        """Not to be sent; it may be on its way already."""
        if owed in self._owed:
            self._owed.remove(owed)

    def waiting(self) -> list[Owed]:
        """The changes on which somebody waits, oldest first."""
        with self._lock:
            sent = self._batch.waiting if self._batch else ()
            return [owed for owed in (*sent, *self._owed) if not owed.done.done()]

    def next_batch(self, *, counts: bool) -> Batch | None:
        """What is to be written next: first the batch in doubt, then changes, then (if `counts`) what was counted."""
        with self._lock:
            if self._batch is None:
                counting = (name for name, counted in self._counted.items() if counted) if counts else iter(())
                provider = self._owed[0].provider if self._owed else next(counting, None)
                self._batch = None if provider is None else self._form(provider)
            return self._batch

    def _form(self, provider: str) -> Batch:
        mine = [owed for owed in self._owed if owed.provider == provider]
        others = [owed for owed in self._owed if owed.provider != provider]
        self._owed = deque(others, maxlen=MOST_OWED)
        counts, self._counted[provider] = self._counted.get(provider, ()), ()
        return Batch(
            number=self._next_number(),
            provider=provider,
            at=time.time(),
            counts=counts,
            alone=self._alone.get(provider),
            held=tuple(owed for owed in mine if owed.done.done()),
            waiting=tuple(owed for owed in mine if not owed.done.done()),
        )

    def nothing_new(self, provider: str) -> Batch:
        """A batch without changes, for a store that has lost what is known here."""
        with self._lock:
            return Batch(number=self._next_number(), provider=provider, at=time.time())

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def confirm(self, batch: Batch, record: Versioned) -> None:
        """The batch has been written, and `record` is what all share now."""
        with self._lock:
            self._batch = None
            self._share(batch.provider, record)
            if not any(owed.provider == batch.provider for owed in self._owed):
                self._alone.pop(batch.provider, None)
            seen = self._seen(batch.provider)
            for owed in batch.waiting:
                if not owed.done.done():
                    owed.done.set_result(seen)
                elif owed.refused and owed.refused == record.circuit.trial_holder:
                    back = partial(release, holder=owed.refused)
                    self._owed.append(Owed(provider=batch.provider, step=back, by=owed.by))

    def reject(self, batch: Batch, error: Exception) -> None:
        """One of the batch's steps raised `error`: nothing of it is written, and whoever waits is told."""
        with self._lock:
            self._batch = None
            self._alone.pop(batch.provider, None)
            for owed in batch.waiting:
                if not owed.done.done():
                    owed.done.set_exception(error)

    def known(self, provider: str) -> Versioned | None:
        """What is shared, as far as this worker has heard."""
        with self._lock:
            return self._shared.get(provider)

    def versions(self) -> dict[str, int]:
        """The versions of all that is known to be shared."""
        with self._lock:
            return {name: record.version for name, record in self._shared.items()}

    def hear(self, provider: str, record: Versioned) -> None:
        """Another worker's change; what is known already, or is older, is passed over."""
        with self._lock:
            known = self._shared.get(provider)
            if known is None or record.version > known.version:
                self._share(provider, record)

    def take(self, read: Mapping[str, Versioned], since: Mapping[str, int]) -> list[str]:
        """All records as they were read, when `versions()` was `since`. Answers which of them know less than this
        worker, because the store has lost something: it is to be told again."""
        with self._lock:
            for name, record in read.items():
                known = self._shared.get(name)
                faster = known and known.version != since.get(name) and known.version > record.version
                if faster:
                    continue
                if known and known.circuit.generation > record.circuit.generation:
                    self._shared[name] = Versioned(circuit=known.circuit, version=record.version)
                else:
                    self._share(name, record)
            return [
                name
                for name, known in self._shared.items()
                if name not in read or known.circuit.generation > read[name].circuit.generation
            ]

    def suggest(self, rows: Mapping[str, Versioned]) -> None:
        """What the database says: good where nothing is known, or less. The counts in it may be on their way yet."""
        with self._lock:
            for name, row in rows.items():
                known = self._shared.get(name)
                if known is None or row.circuit.generation > known.circuit.generation:
                    circuit = replace(row.circuit, window=known.circuit.window if known else ())
                    self._share(name, Versioned(circuit=circuit, version=known.version if known else 0))

    def _share(self, provider: str, record: Versioned) -> None:
        self._shared[provider] = record
        alone = self._alone.get(provider)
        if alone is not None and alone.generation < record.circuit.generation:
            del self._alone[provider]

    def _seen(self, provider: str) -> Circuit:
        alone, known = self._alone.get(provider), self._shared.get(provider)
        circuit = alone or (known.circuit if known else Circuit())
        return _counting(circuit, self._unsent(provider))

    def _unsent(self, provider: str) -> Window:
        counted = self._counted.get(provider, ())
        sending = self._batch.counts if self._batch is not None and self._batch.provider == provider else ()
        return live.add(counted, sending) if sending else counted


def _counting(circuit: Circuit, counted: Window) -> Circuit:
    return replace(circuit, window=live.add(circuit.window, counted)) if counted else circuit
