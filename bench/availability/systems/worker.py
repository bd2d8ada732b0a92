"""The worker's probes by the core's rules, as `llm/services/probes/schedule.py` makes them, within their budget."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bench.availability.chance import uniform
from bench.availability.simulation import Process, Simulation
from bench.availability.systems.circuits import Circuits, seconds
from bench.availability.vendors import SHORT_ANSWER_S
from llm.core.circuit.probing import CALLERS_FIRST, NEEDS_COMPLETION, after_early_probe, early_probe_due
from llm.core.circuit.state import DEFAULT_POLICY, Circuit, CircuitState, begin_probe, holds_trial, is_due
from llm.core.circuit.transitions import Observation
from llm.core.routing.next_step import SILENCE_S

LOOK_EVERY_S = 1
LIST_TIMEOUT_S = 10.0
WITHOUT_LIST_S = 60.0
"""Copies of the worker's numbers, which stand beside its I/O; a test compares them."""

CHECKS: tuple[Callable[[Circuit, datetime], bool], ...] = (is_due, early_probe_due)


class Worker:
    """Looks each second for circuits that are due. Seconds in which none can be due are left out."""

    def __init__(self, simulation: Simulation, circuits: Circuits, *, seed: int) -> None:
        self._simulation = simulation
        self._circuits = circuits
        self._seed = seed
        self._looks: set[int] = set()
        self._probes = 0
        self._completed_at: dict[str, float] = {}
        circuits.watch(self.schedule)

    def schedule(self, circuit: Circuit) -> None:
        """Plans a look for each moment at which this circuit may become due."""
        after_callers = circuit.until and circuit.until + CALLERS_FIRST
        now = self._circuits.now
        for moment in (circuit.until, after_callers, circuit.trial_until, circuit.next_list_probe_at):
            if moment is not None and moment > now:
                self._plan_look(seconds(moment))
        if any(due(circuit, now) for due in CHECKS):
            self._plan_look(self._simulation.now)

    def _plan_look(self, time: float) -> None:
        """At the first whole second after `time`, or at it."""
        look = math.ceil(time / LOOK_EVERY_S) * LOOK_EVERY_S
        if look == self._simulation.now:
            look += LOOK_EVERY_S
        if look not in self._looks:
            self._looks.add(look)
            self._simulation.start(self._look(look))

    def _look(self, time: int) -> Process:
        yield time - self._simulation.now
        self._looks.discard(time)
        for name, circuit in tuple(self._circuits.by_name.items()):
            for due in CHECKS:
                if due(circuit, self._circuits.now):
                    self._simulation.start(self._probe(name, due))
                    break

    def _probe(self, name: str, due: Callable[[Circuit, datetime], bool]) -> Process:
        """The list of models, and the completions when it works; for some blocks the completions alone."""
        circuits, simulation = self._circuits, self._simulation
        if circuits.by_name[name].reason in NEEDS_COMPLETION:
            yield from self._complete(name)
            return
        holder, now = self._holder(), circuits.now
        lease = circuits.change(
            name, lambda circuit: begin_probe(circuit, holder, now) if due(circuit, now) else circuit
        )
        if not holds_trial(lease, holder):
            return
        simulation.figures.lists += 1
        reply = simulation.vendors.list_models(name, simulation.now, limit_s=LIST_TIMEOUT_S)
        yield reply.seconds
        observation = Observation(
            at=circuits.now,
            generation=lease.generation,
            failure=reply.failure,
            holder=holder,
            account=name,
            is_probe=True,
        )
        circuits.change(name, lambda circuit: after_early_probe(circuit, observation))
        if reply.failure is None or self._list_fails_for_long(name):
            yield from self._complete(name)

    def _list_fails_for_long(self, name: str) -> bool:
        now = self._simulation.now
        return now - self._completed_at.setdefault(name, now) >= WITHOUT_LIST_S

    def _complete(self, name: str) -> Process:
        """Completions until one fails or the circuit closes."""
        circuits, simulation = self._circuits, self._simulation
        for _ in range(DEFAULT_POLICY.successes_to_close):
            self._completed_at[name] = simulation.now
            holder, now = self._holder(), circuits.now
            lease = circuits.change(name, partial(begin_probe, holder=holder, now=now))
            if not (holds_trial(lease, holder) or lease.state is CircuitState.CLOSED):
                return
            simulation.figures.completions += 1
            reply = simulation.vendors.complete(name, simulation.now, limit_s=SILENCE_S, answer_s=SHORT_ANSWER_S)
            yield reply.seconds
            observation = Observation(
                at=circuits.now,
                generation=lease.generation,
                failure=reply.failure,
                holder=holder,
                jitter=uniform(self._seed, self._probes),
                account=name,
                is_probe=True,
            )
            circuit = circuits.observe(name, observation)
            if reply.failure is not None or circuit.state is CircuitState.CLOSED:
                return

    def _holder(self) -> str:
        self._probes += 1
        return f"probe-{self._probes}"
