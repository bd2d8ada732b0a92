"""The circuits of one simulated year, changed by the core's own steps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bench.availability.simulation import Simulation
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.circuit.transitions import Observation, observe

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
"""The core takes dates; the simulation counts seconds from here."""


class Circuits:
    """The store that all workers share, without its delays: what one call learns all know at once."""

    def __init__(self, simulation: Simulation) -> None:
        self.by_name = {name: Circuit() for name in simulation.vendors.names}
        self._simulation = simulation
        self._watchers: list[Callable[[Circuit], None]] = []

    @property
    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self._simulation.now)

    def watch(self, watcher: Callable[[Circuit], None]) -> None:
        """Calls `watcher` with each changed circuit that is not closed."""
        self._watchers.append(watcher)

    def change(self, name: str, step: Callable[[Circuit], Circuit]) -> Circuit:
        """Applies `step`, and wakes the simulation at the moments at which time alone changes what is admitted."""
        before = self.by_name[name]
        after = self.by_name[name] = step(before)
        if after.state is not CircuitState.CLOSED and after is not before:
            for moment in {after.until, after.trial_until} - {before.until, before.trial_until}:
                if moment is not None:
                    self._simulation.wake(seconds(moment))
            for watcher in self._watchers:
                watcher(after)
        return after

    def observe(self, name: str, observation: Observation) -> Circuit:
        """The circuit after an attempt. A failure ends a quiet stretch first: its answers came before."""
        if observation.failure is not None:
            self._simulation.end_quiet()
        return self.change(name, lambda circuit: observe(circuit, observation))


def seconds(moment: datetime) -> float:
    """Seconds since the year began."""
    return (moment - BEGAN).total_seconds()
