"""Failover under a fixed cooldown, the usual plain alternative.

A vendor that failed a call gets none for a fixed time, and then all of them again. No probes, no return in steps.
"""

from bench.availability.simulation import Process, Simulation
from bench.availability.vendors import ANSWER_S
from llm.core.routing.next_step import silence_limit_s


class Cooldown:
    """Asks the vendors in order, once each, under the gateway's limit for silence."""

    def __init__(self, simulation: Simulation, *, cooldown_s: float) -> None:
        self._simulation = simulation
        self._cooldown_s = cooldown_s
        self._names = simulation.vendors.names
        self._limit_s = silence_limit_s(len(self._names))
        self._until = dict.fromkeys(self._names, 0.0)

    def call(self, number: int) -> Process:
        simulation = self._simulation
        started = simulation.now
        for name in self._names:
            if simulation.now < self._until[name]:
                continue
            reply = simulation.vendors.complete(name, simulation.now, limit_s=self._limit_s)
            yield reply.seconds
            if reply.failure is None:
                simulation.figures.add_answers(name)
                simulation.figures.lost_s += simulation.now - started - ANSWER_S
                return
            simulation.figures.vain += 1
            simulation.end_quiet()
            self._until[name] = simulation.now + self._cooldown_s
            simulation.wake(self._until[name])
        simulation.figures.static += 1
        simulation.figures.lost_s += simulation.now - started

    def quiet_vendor(self) -> str | None:
        now = self._simulation.now
        name = next((name for name in self._names if now >= self._until[name]), None)
        return None if name is None or self._simulation.vendors.is_out(name, now) else name

    def count_quiet(self, vendor: str, first: int, end: int) -> None:
        """Nothing: an answer changes no cooldown."""
