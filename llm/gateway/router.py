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
from llm.core.circuit.state import Admission, Health, State, admit, begin_probe, begin_trial, holds_trial
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.next_step import Move, Situation, Step, is_callers_fault, next_step
from llm.core.routing.plan import Entry, Plan, RoutePolicy, Stop
from llm.gateway.attempt import Answered, RouterEvent, Speaking, Try, World, ask, give_back
from llm.gateway.output import Telling, Voice
from llm.gateway.token_meter import Meter
from llm.gateway.trail import Journey

__all__ = ["Answered", "Router", "RouterEvent", "Speaking", "Unanswered", "World"]


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

    def __init__(self, world: World) -> None:
        self._world = world

    async def run(
        self, request: ChatRequest, plan: Plan, journey: Journey, *, route: RoutePolicy, deadline: float
    ) -> AsyncGenerator[RouterEvent]:
        """Events of the answer, ending with `Answered`. `deadline` is on the monotonic clock, in seconds.

        Raises Unanswered. Nothing is yielded before the first content of whoever answers. An answer that breaks
        off after that is gone on with by the next provider.
        """
        stops, why, telling = list(plan.stops), "", Telling()
        while stops:
            stop = await self._admit(stops.pop(0), journey)
            if stop is None:
                continue
            step = Step(move=Move.AGAIN, why=_why(stop, why))
            while step.move is Move.AGAIN:
                voice = Voice(request, telling, buffered=route.buffered and journey.call.stream)
                this = self._try(stop, step.why, len(stops), deadline, voice)
                try:
                    async with aclosing(ask(this, journey, self._world)) as events:
                        async for event in events:
                            yield event
                    return
                except ProviderError as error:
                    failure = error.failure
                if telling.begun:
                    telling.break_off(failure, this.meter.usage)
                    if failure.misshapen or not telling.may_go_on:
                        raise Unanswered(telling.broken_by, committed=True)
                step = self._next(failure, this, journey, len(stops), route, telling)
                step = await self._paused(step, stop, journey)
            if step.move is not Move.NEXT:
                raise _unanswered(failure, plan, journey, route, telling, rejected=step.move is Move.REJECT)
            why = step.why
            if failure.error_class is ErrorClass.CONTEXT_LENGTH:
                stops = _only_larger(stops, stop, journey)
        raise _unanswered(journey.last_failure, plan, journey, route, telling)

    async def _admit(self, stop: Stop, journey: Journey, *, again: bool = False) -> Stop | None:
        """The stop as it may be asked now; None, and a skip, when that has changed since the plan was made.

        A second try (`again`) goes by the newest word: in an outage all workers fail, and try again, at once.
        """
        name, holder, now = stop.candidate.name, journey.call.id, self._world.clock.now()
        if stop.entry is Entry.NORMAL:
            health = (await self._world.health.read(fresh=again)).get(name, Health())
            ticket = admit(health, now, 0.0)
            if ticket.admission is Admission.ALLOW:
                return replace(stop, generation=health.generation)
            journey.skip(Skip(provider=name, reason=ticket.reason, detail=ticket.detail, until=ticket.until))
            return None
        begin = LEASES.get(stop.entry)
        if begin is None:
            return stop
        try:
            health = await self._world.health.change(name, lambda health: begin(health, holder, now))
        except asyncio.CancelledError:
            await give_back(stop, journey, self._world)
            raise
        if holds_trial(health, holder) or health.state is State.CLOSED:
            return replace(stop, generation=health.generation)
        journey.skip(Skip(provider=name, reason="trial_taken", detail="another call is trying it"))
        return None

    async def _paused(self, step: Step, stop: Stop, journey: Journey) -> Step:
        """The step after its pause: a second try becomes the next provider when the circuit has opened meanwhile."""
        if step.move is not Move.AGAIN:
            return step
        self._world.budget.spend(stop.candidate.name)
        await self._world.clock.sleep(step.wait_s)
        if await self._admit(stop, journey, again=True) is None:
            return Step(move=Move.NEXT, why="after a second try was no longer possible")
        return step

    def _try(self, stop: Stop, why: str, others_left: int, deadline: float, voice: Voice) -> Try:
        clock = self._world.clock
        return Try(
            stop=stop,
            why=why,
            others_left=others_left,
            deadline=deadline,
            started_at=clock.now(),
            started=clock.monotonic(),
            voice=voice,
            meter=Meter(voice.request),
        )

    def _next(
        self, failure: Failure, this: Try, journey: Journey, stops_left: int, route: RoutePolicy, telling: Telling
    ) -> Step:
        name, clock = this.stop.candidate.name, self._world.clock
        situation = Situation(
            tries_here=journey.tries_at(name),
            tries=journey.tries,
            stops_left=stops_left,
            time_left_s=this.deadline - clock.monotonic(),
            may_retry=this.stop.entry in (Entry.NORMAL, Entry.HELD)
            and not this.opened
            and self._world.budget.may_spend(name),
            max_wait_s=route.max_wait_s,
            next_on_refusal=route.next_on_refusal,
            chance=clock.draw(),
            speaking=telling.begun,
        )
        return next_step(failure, situation)


def _unanswered(
    failure: Failure | None,
    plan: Plan,
    journey: Journey,
    route: RoutePolicy,
    telling: Telling,
    *,
    rejected: bool = False,
) -> Unanswered:
    if telling.begun:
        return Unanswered(telling.broken_by, committed=True)
    at_fault = failure is not None and is_callers_fault(
        failure, next_on_refusal=route.next_on_refusal, others_away=_others_away(plan, journey)
    )
    return Unanswered(failure, rejected=rejected or at_fault)


def _others_away(plan: Plan, journey: Journey) -> bool:
    """Whether somebody is kept out by its health who may take what the others called too long, or refused."""
    too_small = {
        attempt.provider
        for attempt in journey.trail.attempts
        if attempt.failure is not None and attempt.failure.error_class is ErrorClass.CONTEXT_LENGTH
    }
    window = max((s.candidate.context_window for s in plan.stops if s.candidate.name in too_small), default=0)
    return any(candidate.context_window > window for candidate in plan.away)


def _why(stop: Stop, after: str) -> str:
    """On what evidence a stop is asked: its place, or what came before; a trial and its like always say so."""
    if not after or stop.entry is Entry.NORMAL:
        return after or stop.why
    return f"{stop.why}, {after}"


def _only_larger(stops: list[Stop], than: Stop, journey: Journey) -> list[Stop]:
    window = than.candidate.context_window
    for stop in stops:
        if stop.candidate.context_window <= window:
            detail = f"its window of {stop.candidate.context_window} tokens is no larger"
            journey.skip(Skip(provider=stop.candidate.name, reason="context_window", detail=detail))
    return [stop for stop in stops if stop.candidate.context_window > window]
