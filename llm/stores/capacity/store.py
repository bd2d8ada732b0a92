"""What each provider can take now, as this worker knows it. Requests read and write memory; a thread shares it.

Every worker writes its own share and reads those of the others, so nothing is written twice and no write is lost to
another's. While the store is away, each worker goes by what it knows.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

import structlog

from llm.core.capacity.sample import Flight, Sample
from llm.core.capacity.share import ALIVE_S, Share, WorkerShare
from llm.core.capacity.snapshot import Capacities
from llm.incidents import Incident
from llm.stores.capacity.backends import Backend
from llm.stores.capacity.codec import dump, load
from llm.stores.capacity.learning import NO_MONEY, Learning, Money

log = structlog.get_logger(__name__)

IDLE_S = 30.0
"""Without a request for so long, nothing is read."""
MoneyOf = Callable[[Mapping[str, str], Mapping[str, float], float], Mapping[str, Money]]
"""(provider -> tier, account -> wallet hours, Unix seconds) -> provider -> money."""


def no_money(tiers: Mapping[str, str], wallet_hours: Mapping[str, float], at: float) -> Mapping[str, Money]:
    """Prices unknown, as in tests of everything else."""
    return {}


class CapacityStore:
    """Fits `llm.gateway.ports.Capacities`. One instance serves all event loops and threads of a process."""

    def __init__(
        self, make_backend: Callable[[], Backend], *, money_of: MoneyOf = no_money, now: Callable[[], float] = time.time
    ) -> None:
        self._make_backend, self._money_of, self._now = make_backend, money_of, now
        self.start_over()
        os.register_at_fork(after_in_child=self.start_over)

    def start_over(self) -> None:
        """Forgets everything, as in a new process."""
        self.worker = uuid4().hex
        self._lock = threading.Lock()
        self._learnings: dict[str, Learning] = {}
        self._wallets: dict[str, float] = {}
        self._wallets_at = 0.0
        self._own_wallets = False
        self._used_at = self._written_at = 0.0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._backend: Backend | None = None
        self._turning = threading.Lock()
        self._away = Incident("capacity_store_away", log, level="info", ended="capacity_store_back", quiet_s=None)

    def begin(self, provider: str, *, input_tokens: int, max_tokens: int) -> Flight:
        """Notes that a request is about to be sent. Tokens: an estimate of the input, the most that the answer has."""
        at = self._now()
        with self._lock:
            flight = self._learning(provider).begin(at, input_tokens=input_tokens, max_tokens=max_tokens)
        self._used(at)
        return flight

    def end(self, provider: str, flight: Flight, sample: Sample) -> None:
        """Learns from its end. Each `begin` has one."""
        at = self._now()
        with self._lock:
            self._learning(provider).end(flight, sample, at)

    def read(self) -> Capacities:
        """The capacity of every provider that is known, without I/O."""
        at = self._now()
        with self._lock:
            known = {name: learning.capacity(at) for name, learning in self._learnings.items()}
        self._used(at)
        return known

    def note_wallets(self, hours: Mapping[str, float]) -> None:
        """Takes the hours left by account, to share them with the workers."""
        at = self._now()
        with self._lock:
            self._wallets, self._wallets_at, self._own_wallets = dict(hours), at, True
            self._written_at = 0.0
        self._used(at)

    def turn(self) -> None:
        """One exchange with the other workers. Raises nothing while the store is away."""
        with self._turning:
            self._turn(self._now())

    def forget(self) -> None:
        """Ends the thread without a last exchange, and forgets everything."""
        self._end_thread()
        self.start_over()

    def close(self) -> None:
        """Shares what was learned last, and ends the thread."""
        if self._thread is not None:
            self.turn()
        self._end_thread()

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        self._stop.set()
        if thread is not None:
            thread.join(1.0)
        self._stop = threading.Event()

    def _learning(self, provider: str) -> Learning:
        learning = self._learnings.get(provider)
        if learning is None:
            learning = self._learnings[provider] = Learning()
        return learning

    def _used(self, at: float) -> None:
        self._used_at = at
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, args=(self._stop,), name="llm-capacity", daemon=True
                    )
                    self._thread.start()

    def _run(self, stop: threading.Event) -> None:
        backend = self._backend_of()
        while not stop.wait(backend.turn_s):
            if self._is_due(self._now()):
                self.turn()
        backend.close()

    def _backend_of(self) -> Backend:
        if self._backend is None:
            self._backend = self._make_backend()
        return self._backend

    def _is_due(self, at: float) -> bool:
        busy = any(learning.changed or learning.in_flight for learning in self._learnings.values())
        return busy or at - self._used_at < IDLE_S

    def _turn(self, at: float) -> None:
        backend = self._backend_of()
        own = self._own_share(at)
        try:
            texts = backend.exchange(self.worker, None if own is None else dump(own), at)
        except backend.unavailable as error:
            self._away.note(error=type(error).__name__)
            self._written_at = 0.0
            return
        except Exception:  # whatever it was, this worker must not lose the others for good
            log.exception("capacity_turn_failed")
            return
        self._away.over()
        self._hear([share for text in texts if (share := load(text)) is not None], at)

    def _own_share(self, at: float) -> WorkerShare | None:
        """What is to be written: None when the others know it already."""
        with self._lock:
            learnings = list(self._learnings.items())
            changed = any(learning.changed for _, learning in learnings)
            under_way = any(learning.in_flight for _, learning in learnings)
            if not changed and not (under_way and at - self._written_at > ALIVE_S / 3) and self._written_at:
                return None
            if not learnings and not self._own_wallets:
                return None
            self._written_at = at
            return WorkerShare(
                at=at,
                providers={name: learning.share(at) for name, learning in learnings},
                wallet_hours=self._wallets if self._own_wallets else {},
                wallets_at=self._wallets_at if self._own_wallets else 0.0,
            )

    def _hear(self, others: list[WorkerShare], at: float) -> None:
        shares: dict[str, list[Share]] = {}
        for other in others:
            for name, share in other.providers.items():
                shares.setdefault(name, []).append(share)
        newest = max(others, key=lambda other: other.wallets_at, default=None)
        with self._lock:
            if newest is not None and newest.wallets_at > self._wallets_at:
                self._wallets, self._wallets_at, self._own_wallets = dict(newest.wallet_hours), newest.wallets_at, False
            for name in shares.keys() | self._learnings.keys():
                self._learning(name).hear(shares.get(name, []), at)
            tiers = {name: learning.tier for name, learning in self._learnings.items()}
            hours = self._wallets
        money = self._money_of(tiers, hours, at)
        with self._lock:
            for name, learning in self._learnings.items():
                learning.money = money.get(name, NO_MONEY)
