"""The simulated clock: arrivals, waiting calls and probes in the order of their times. Nothing sleeps.

A stretch is quiet while one vendor answers every call and nothing changes by it. Its calls are counted, not played;
`tests/bench/availability/test_simulation.py` compares the figures with those of a year that is played call by call.
"""

import heapq
from collections.abc import Generator
from typing import Protocol

from bench.availability.arrivals import Arrivals
from bench.availability.figures import Figures
from bench.availability.vendors import Vendors
from llm.core.failures.policy import Failure

Process = Generator[float, None, None]
"""A call or a probe under way. It yields the seconds that it waits."""
Attempt = Generator[float, None, Failure | None]
"""The part of a call that asks one vendor; it returns the failure, if it is one."""


class System(Protocol):
    """What answers the calls."""

    def call(self, number: int) -> Process:
        """One call, from its arrival, which is now, to its answer, which it adds to the figures."""
        ...

    def quiet_vendor(self) -> str | None:
        """The vendor that answers each call from now on, without any effect on others, until something happens."""
        ...

    def count_quiet(self, vendor: str, first: int, end: int) -> None:
        """Takes note of the calls `first` to `end - 1`, which `vendor` answered in a quiet stretch that ends now."""
        ...


class Simulation:
    """One year for one system. `now` is seconds since it began."""

    def __init__(self, arrivals: Arrivals, vendors: Vendors, *, length_s: float, plays_all: bool = False) -> None:
        """With `plays_all` no call is counted only."""
        self.now = 0.0
        self.arrivals = arrivals
        self.vendors = vendors
        self.figures = Figures()
        self._length_s = length_s
        self._plays_all = plays_all
        self._events: list[tuple[float, int, Process | None]] = []
        self._scheduled = 0
        self._next = 0
        self._next_at = arrivals.at(0)
        self._quiet: str | None = None
        self._quiet_since = 0

    def start(self, process: Process) -> None:
        """Runs a process to its first wait."""
        wait_s = next(process, None)
        if wait_s is not None:
            self._push(self.now + wait_s, process)

    def wake(self, time: float) -> None:
        """Has the system's quiet vendor looked up again at `time`."""
        self._push(max(time, self.now), None)

    def run(self, system: System) -> Figures:
        """Plays the year to the end of its last call."""
        self._system = system
        for outages in self.vendors.outages.values():
            for outage in outages:
                self.wake(outage.start)
                self.wake(outage.end)
        self.wake(self._length_s)
        self._look()
        while self.now < self._length_s:
            self._advance()
        self.end_quiet()
        calls = self._next
        while self.figures.calls < calls:
            self._pop()
        return self.figures

    def end_quiet(self) -> None:
        """Ends the quiet stretch, if there is one. A system calls it before it changes what keeps a stretch quiet."""
        vendor, self._quiet = self._quiet, None
        if vendor is not None and self._next > self._quiet_since:
            self.figures.add_answers(vendor, self._next - self._quiet_since)
            self._system.count_quiet(vendor, self._quiet_since, self._next)

    def _advance(self) -> None:
        time = self._events[0][0]
        if self._quiet is not None:
            self._skip_to(self.arrivals.before(time))
            self._pop()
        elif self._next_at < time:
            self.now, number = self._next_at, self._next
            self._skip_to(number + 1)
            self.start(self._system.call(number))
        else:
            self._pop()
        self._look()

    def _skip_to(self, number: int) -> None:
        self._next, self._next_at = number, self.arrivals.at(number)

    def _look(self) -> None:
        vendor = None if self._plays_all else self._system.quiet_vendor()
        if vendor != self._quiet:
            self.end_quiet()
            self._quiet, self._quiet_since = vendor, self._next

    def _pop(self) -> None:
        self.now, _, process = heapq.heappop(self._events)
        if process is not None:
            self.start(process)

    def _push(self, time: float, process: Process | None) -> None:
        self._scheduled += 1
        heapq.heappush(self._events, (time, self._scheduled, process))
