"""The only loop over providers, for plain and streamed calls alike.

It walks a plan: admit, ask, next step. It decides nothing itself (see `llm.core`), makes no static
answer and writes no record: the caller holds the journey and does both.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from llm.core.calls import Skip
from llm.core.chat.request import ChatRequest
from llm.core.circuit.state import Admission, Circuit, CircuitState, admit, begin_probe, begin_trial, holds_trial
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.next_step import Move, Situation, Step, is_callers_fault, next_step
from llm.core.routing.plan import Entry, Plan, RoutePolicy, Stop
from llm.gateway.attempt import Answered, AttemptState, RouterDependencies, RouterEvent, Speaking, ask, give_back
from llm.gateway.output import AttemptOutput, DeliveredOutput
from llm.gateway.token_meter import Meter
from llm.gateway.trail import TrailRecorder

__all__ = ["Answered", "Router", "RouterDependencies", "RouterEvent", "Speaking", "Unanswered"]


RETRIED = (Entry.NORMAL, Entry.HELD)
"""Stops that may be asked a second time; the others are one try each."""
LEASES = {Entry.TRIAL: begin_trial, Entry.PROBE: begin_probe}
"""How a stop takes the one lease among all workers; the other entries need none."""


class Unanswered(Exception):
    """Nobody on the plan answered. `failure` is the last one, None when nobody was asked.

    `rejected` says that the request itself is at fault. `committed` says that content had gone out
    before the answer broke, and that nobody could go on with it; `failure` is then why it first broke.
    """

    def __init__(self, failure: Failure | None, *, rejected: bool = False, committed: bool = False) -> None:
        super().__init__(str(failure.error_class) if failure else "nobody was asked")
        self.failure = failure
        self.rejected = rejected
        self.committed = committed


class Router:
    """Asks the providers of a plan until one answers. One instance serves all calls of an event loop."""

    def __init__(self, dependencies: RouterDependencies) -> None:
        self._dependencies = dependencies

    async def run(
        self, request: ChatRequest, plan: Plan, trail_recorder: TrailRecorder, *, route: RoutePolicy, deadline: float
    ) -> AsyncGenerator[RouterEvent]:
        """Events of the answer, ending with `Answered`. `deadline` is on the monotonic clock, in seconds.

        Raises Unanswered. Nothing is yielded before the first content of whoever answers. An answer that breaks
        off after that is gone on with by the next provider.
        """
        stops, why, delivered = list(plan.stops), "", DeliveredOutput()
        while stops:
            stop = await self._admit(stops.pop(0), trail_recorder)
            if stop is None:
                continue
            step = Step(move=Move.AGAIN, why=_why(stop, why))
            while step.move is Move.AGAIN:
                output = AttemptOutput(request, delivered, buffered=route.buffered and trail_recorder.call.stream)
                this = self._try(stop, step.why, len(stops), deadline, output)
                try:
                    async with aclosing(ask(this, trail_recorder, self._dependencies)) as events:
                        async for event in events:
                            yield event
                    return
                except ProviderError as error:
                    failure = error.failure
                if delivered.begun:
                    delivered.break_off(failure, this.meter.usage)
                    if failure.misshapen or not delivered.may_go_on:
                        raise Unanswered(delivered.broken_by, committed=True)
                step = self._next(failure, this, trail_recorder, len(stops), route, delivered)
                step = await self._paused(step, stop, trail_recorder)
            if step.move is not Move.NEXT:
                raise _unanswered(failure, plan, trail_recorder, route, delivered, rejected=step.move is Move.REJECT)
            why = step.why
            if failure.error_class is ErrorClass.CONTEXT_LENGTH:
                stops = _only_larger(stops, stop, trail_recorder)
        raise _unanswered(trail_recorder.last_failure, plan, trail_recorder, route, delivered)

    async def _admit(self, stop: Stop, trail_recorder: TrailRecorder, *, again: bool = False) -> Stop | None:
        """The stop as it may be asked now; None, and a skip, when that has changed since the plan was made.

        A second try (`again`) goes by the newest word: in an outage all workers fail, and try again, at once.
        """
        name, holder, now = stop.candidate.name, trail_recorder.call.id, self._dependencies.clock.now()
        if stop.entry is Entry.NORMAL:
            circuit = (await self._dependencies.circuit.read(fresh=again)).get(name, Circuit())
            ticket = admit(circuit, now, 0.0)
            if ticket.admission is Admission.ALLOW:
                return replace(stop, generation=circuit.generation)
            trail_recorder.skip(Skip(provider=name, reason=ticket.reason, detail=ticket.detail, until=ticket.until))
            return None
        begin = LEASES.get(stop.entry)
        if begin is None:
            return stop
        try:
            circuit = await self._dependencies.circuit.change(name, lambda circuit: begin(circuit, holder, now))
        except asyncio.CancelledError:
            await give_back(stop, trail_recorder, self._dependencies)
            raise
        if holds_trial(circuit, holder) or circuit.state is CircuitState.CLOSED:
            return replace(stop, generation=circuit.generation)
        trail_recorder.skip(Skip(provider=name, reason="trial_taken", detail="another call is trying it"))
        return None

    async def _paused(self, step: Step, stop: Stop, trail_recorder: TrailRecorder) -> Step:
        """The step after its pause: a second try becomes the next provider when the circuit has opened meanwhile."""
        if step.move is not Move.AGAIN:
            return step
        self._dependencies.budget.spend(stop.candidate.name)
        await self._dependencies.clock.sleep(step.wait_s)
        if await self._admit(stop, trail_recorder, again=True) is None:
            return Step(move=Move.NEXT, why="after a second try was no longer possible")
        return step

    def _try(self, stop: Stop, why: str, others_left: int, deadline: float, output: AttemptOutput) -> AttemptState:
        clock = self._dependencies.clock
        return AttemptState(
            stop=stop,
            why=why,
            others_left=others_left,
            deadline=deadline,
            started_at=clock.now(),
            started=clock.monotonic(),
            output=output,
            meter=Meter(output.request),
        )

    def _next(
        self,
        failure: Failure,
        this: AttemptState,
        trail_recorder: TrailRecorder,
        stops_left: int,
        route: RoutePolicy,
        delivered: DeliveredOutput,
    ) -> Step:
        name, clock = this.stop.candidate.name, self._dependencies.clock
        situation = Situation(
            tries_here=trail_recorder.tries_at(name),
            tries=trail_recorder.tries,
            stops_left=stops_left,
            time_left_s=this.deadline - clock.monotonic(),
            may_retry=this.stop.entry in (Entry.NORMAL, Entry.HELD)
            and not this.opened
            and self._dependencies.budget.may_spend(name),
            max_wait_s=route.max_wait_s,
            next_on_refusal=route.next_on_refusal,
            jitter=clock.random(),
            speaking=delivered.begun,
        )
        return next_step(failure, situation)


def _unanswered(
    failure: Failure | None,
    plan: Plan,
    trail_recorder: TrailRecorder,
    route: RoutePolicy,
    delivered: DeliveredOutput,
    *,
    rejected: bool = False,
) -> Unanswered:
    if delivered.begun:
        return Unanswered(delivered.broken_by, committed=True)
    at_fault = failure is not None and is_callers_fault(
        failure, next_on_refusal=route.next_on_refusal, others_away=_others_away(plan, trail_recorder)
    )
    return Unanswered(failure, rejected=rejected or at_fault)


def _others_away(plan: Plan, trail_recorder: TrailRecorder) -> bool:
    """Whether somebody is kept out by its health who may take what the others called too long, or refused."""
    too_small = {
        attempt.provider
        for attempt in trail_recorder.trail.attempts
        if attempt.failure is not None and attempt.failure.error_class is ErrorClass.CONTEXT_LENGTH
    }
    window = max((s.candidate.context_window for s in plan.stops if s.candidate.name in too_small), default=0)
    return any(candidate.context_window > window for candidate in plan.away)


def _why(stop: Stop, after: str) -> str:
    """On what evidence a stop is asked: its place, or what came before; a trial and its like always say so."""
    if not after or stop.entry is Entry.NORMAL:
        return after or stop.why
    return f"{stop.why}, {after}"


def _only_larger(stops: list[Stop], than: Stop, trail_recorder: TrailRecorder) -> list[Stop]:
    window = than.candidate.context_window
    for stop in stops:
        if stop.candidate.context_window <= window:
            detail = f"its window of {stop.candidate.context_window} tokens is no larger"
            trail_recorder.skip(Skip(provider=stop.candidate.name, reason="context_window", detail=detail))
    return [stop for stop in stops if stop.candidate.context_window > window]
