"""The gateway: the real decisions of `llm.core` and the real retry budget, called as `llm/gateway/router.py` does."""

from collections import Counter, deque
from dataclasses import dataclass, field, replace

from bench.availability.chance import uniform
from bench.availability.simulation import Attempt, Process, Simulation
from bench.availability.systems.circuits import Circuits
from bench.availability.systems.quiet import is_settled, with_answers
from bench.availability.systems.worker import Worker
from bench.availability.vendors import ANSWER_S
from llm.core.calls import AttemptReason, CallOptions
from llm.core.circuit.state import Admission, CircuitState, admit, begin_trial, holds_trial
from llm.core.circuit.transitions import Observation
from llm.core.failures.policy import Failure
from llm.core.routing.needs import Needs
from llm.core.routing.next_step import Move, Situation, Step, attempt_limit_s, next_step, silence_limit_s
from llm.core.routing.plan import BY_CIRCUIT, RETRIED, Candidate, Plan, RandomDraws, RoutePolicy, Stop, make_plan
from llm.gateway.retry_budget import CAPACITY, RATIO, RetryBudget

ROUTE = RoutePolicy()
NEEDS = Needs(capabilities=frozenset(), input_tokens=200)
RAMP, OBSERVATION, RETRY = range(3)
"""What a random number of a call is for."""


@dataclass(slots=True, kw_only=True)
class _Call:
    """One call under way. `is_open`: whether the circuit of the provider asked last is open."""

    number: int
    started: float
    stops: deque[Stop]
    planned: int
    tries: Counter[str] = field(default_factory=Counter)
    is_open: bool = False

    @property
    def holder(self) -> str:
        return f"call-{self.number}"


class Gateway:
    """The gateway and its worker. The route's deadline is never reached: three silent vendors take 29 s of its 60."""

    def __init__(self, simulation: Simulation, *, seed: int) -> None:
        self._simulation = simulation
        self._seed = seed
        self._circuits = Circuits(simulation)
        self._candidates = {
            name: Candidate(name=name, kind=name, model=name, priority=place, account=name)
            for place, name in enumerate(simulation.vendors.names)
        }
        self._budget = RetryBudget()
        Worker(simulation, self._circuits, seed=seed)

    def call(self, number: int) -> Process:
        plan = self._plan(number)
        call = _Call(number=number, started=self._simulation.now, stops=deque(plan.stops), planned=len(plan.stops))
        figures = self._simulation.figures
        while call.stops:
            stop = self._admitted(call.stops.popleft(), call)
            if stop is None:
                continue
            failure = yield from self._attempt(stop, call)
            if failure is None:
                figures.add_answers(stop.candidate.name)
                figures.lost_s += self._simulation.now - call.started - ANSWER_S
                return
            figures.vain += 1
            step = self._step(failure, stop, call)
            if step.move is Move.AGAIN:
                self._budget.spend(stop.candidate.name, self._simulation.now)
                yield step.wait_s
                call.stops.appendleft(stop)
            elif step.move is not Move.NEXT:
                break
        figures.static += 1
        figures.lost_s += self._simulation.now - call.started

    def _plan(self, number: int) -> Plan:
        draws = {
            name: RandomDraws(order=0.5, ramp=uniform(self._seed, number, RAMP, place) if circuit.ramping else 0.5)
            for place, (name, circuit) in enumerate(self._circuits.by_name.items())
        }
        return make_plan(
            self._candidates,
            self._circuits.by_name,
            NEEDS,
            route=ROUTE,
            options=CallOptions(),
            now=self._circuits.now,
            draws=draws,
        )

    def _admitted(self, stop: Stop, call: _Call) -> Stop | None:
        """The stop as it may be asked now, as `Router._admit`."""
        name, now = stop.candidate.name, self._circuits.now
        if stop.reason in BY_CIRCUIT:
            circuit = self._circuits.by_name[name]
            is_allowed = admit(circuit, now, 0.0).admission is Admission.ALLOW
            return replace(stop, generation=circuit.generation) if is_allowed else None
        if stop.reason is not AttemptReason.TRIAL:
            return stop
        circuit = self._circuits.change(name, lambda circuit: begin_trial(circuit, call.holder, now))
        if holds_trial(circuit, call.holder) or circuit.state is CircuitState.CLOSED:
            return replace(stop, generation=circuit.generation)
        return None

    def _attempt(self, stop: Stop, call: _Call) -> Attempt:
        """One request and its effect on the circuit, as `run_attempt`; the failure, if it is one."""
        simulation, name = self._simulation, stop.candidate.name
        limit_s = attempt_limit_s(
            stop.candidate.attempt_timeout_s, time_left_s=self._left_s(call), stops_left=len(call.stops)
        )
        if not call.tries[name]:
            self._budget.earn(name)
        limit_s = min(limit_s, silence_limit_s(call.planned))
        reply = simulation.vendors.complete(name, simulation.now, limit_s=limit_s)
        yield reply.seconds
        call.tries[name] += 1
        observation = Observation(
            at=self._circuits.now,
            generation=stop.generation,
            holder=call.holder,
            failure=reply.failure,
            jitter=uniform(self._seed, call.number, OBSERVATION, call.tries.total()) if reply.failure else 0.5,
            account=stop.candidate.account,
        )
        call.is_open = self._circuits.observe(name, observation).state is CircuitState.OPEN
        return reply.failure

    def _step(self, failure: Failure, stop: Stop, call: _Call) -> Step:
        name = stop.candidate.name
        may_spend = self._budget.may_spend(name, self._simulation.now)
        return next_step(
            failure,
            Situation(
                tries_here=call.tries[name],
                tries=call.tries.total(),
                stops_left=len(call.stops),
                time_left_s=self._left_s(call),
                may_retry=stop.reason in RETRIED and not call.is_open and may_spend,
                max_wait_s=ROUTE.max_wait_s,
                next_on_refusal=ROUTE.next_on_refusal,
                jitter=uniform(self._seed, call.number, RETRY, call.tries.total()),
            ),
        )

    def _left_s(self, call: _Call) -> float:
        return call.started + ROUTE.deadline_s - self._simulation.now

    def quiet_vendor(self) -> str | None:
        """The first vendor that is not denied, if it is well and its circuit settled."""
        now = self._circuits.now
        for name, circuit in self._circuits.by_name.items():
            if circuit.state is CircuitState.CLOSED:
                is_quiet = is_settled(circuit) and not self._simulation.vendors.is_out(name, self._simulation.now)
                return name if is_quiet else None
            if admit(circuit, now, 0.0).admission is not Admission.DENY:
                return None
        return None

    def count_quiet(self, vendor: str, first: int, end: int) -> None:
        """Adds the answers to the window and the retry budget; those still under way become processes."""
        simulation, arrivals = self._simulation, self._simulation.arrivals
        generation = self._circuits.by_name[vendor].generation
        for _ in range(min(end - first, int(CAPACITY / RATIO) + 1)):
            self._budget.earn(vendor)
        under_way = min(max(first, arrivals.before(simulation.now - ANSWER_S)), end)
        self._circuits.change(vendor, lambda circuit: with_answers(circuit, arrivals, first, under_way, simulation.now))
        for number in range(under_way, end):
            simulation.start(self._answer(vendor, generation, arrivals.at(number) + ANSWER_S - simulation.now))

    def _answer(self, vendor: str, generation: int, after_s: float) -> Process:
        """The answer of a call that is counted already."""
        yield after_s
        self._circuits.observe(vendor, Observation(at=self._circuits.now, generation=generation))
