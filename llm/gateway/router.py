"""The only loop over providers, for plain and streamed calls alike.

It walks a plan: admit, attempt, next step. Decisions are `llm.core`'s; the static answer and the call's record are
`llm.services.calls`'.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from llm.core.calls import AttemptReason, Skip, SkipReason, Started
from llm.core.chat.response import Alive, Completion, TextDelta, ToolCallDelta
from llm.core.circuit.state import Admission, Circuit, CircuitState, admit, begin_probe, begin_trial, holds_trial
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.refused_part import ROUGHLY
from llm.core.routing.hedging import Hedge, has_room, is_well
from llm.core.routing.needs import needs_of
from llm.core.routing.next_step import Move, Situation, Step, is_callers_fault, next_step
from llm.core.routing.plan import BY_CIRCUIT, RETRIED, Stop
from llm.gateway.attempt import AttemptState, RouterDependencies, give_back, run_attempt
from llm.gateway.context import CallContext
from llm.gateway.hedging.race import Race
from llm.gateway.output import AttemptOutput
from llm.gateway.token_meter import TokenMeter

__all__ = ["ProviderAnswer", "Router", "RouterDependencies", "RouterEvent", "Unanswered"]

LEASES = {AttemptReason.TRIAL: begin_trial, AttemptReason.PROBE: begin_probe}
"""How a stop takes the one lease among all workers; the other stops need none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswer:
    """The whole answer and who gave it; the router's last event. `resumed`: others had delivered its beginning."""

    provider: str
    completion: Completion
    resumed: bool


RouterEvent = Started | TextDelta | ToolCallDelta | Alive | ProviderAnswer


class Unanswered(Exception):
    """No provider of the plan answered. `failure` is the last one; None when no provider was asked.

    `rejected`: the request itself is at fault. `committed`: content had gone out before the answer broke, and no
    provider could continue it; `failure` is then why it first broke.
    """

    def __init__(self, failure: Failure | None, *, rejected: bool = False, committed: bool = False) -> None:
        super().__init__(str(failure.error_class) if failure else "no provider was asked")
        self.failure = failure
        self.rejected = rejected
        self.committed = committed


class Router:
    """Asks the providers of a plan until one answers. One instance serves all calls of an event loop."""

    def __init__(self, dependencies: RouterDependencies) -> None:
        self._dependencies = dependencies

    async def run(self, context: CallContext) -> AsyncGenerator[RouterEvent]:
        """The events of the answer, `ProviderAnswer` last. Raises Unanswered.

        Yields nothing before the first content. The next provider continues an answer that breaks off after that.
        """
        stops = deque(context.plan.stops)
        step: Step | None = None
        while stops:
            stop = await self._admit(stops.popleft(), context, again=step is not None and step.move is Move.AGAIN)
            if stop is None:
                step = step and replace(step, move=Move.NEXT)
                continue
            attempt = self._attempt(stop, step, len(stops), context)
            race = (
                None
                if context.hedge is None or step is not None
                else self._race(attempt, context.hedge, stops, context)
            )
            try:
                async with aclosing(
                    run_attempt(attempt, context, self._dependencies) if race is None else race.run()
                ) as events:
                    async for event in events:
                        if isinstance(event, Completion):
                            yield _answer(attempt if race is None else race.attempt, event)
                            return
                        yield event
            except ProviderError as error:
                failure = error.failure
            if race is not None:
                attempt = race.attempt
                _return_lost(race.lost, stops)
            step = await self._after(failure, attempt, stops, context)
        raise _unanswered(context.trail.last_failure, context)

    async def _admit(self, stop: Stop, context: CallContext, *, again: bool = False) -> Stop | None:
        """The stop as it may be asked now; None, and a skip, when its circuit has changed since the plan was made.

        A second try (`again`) reads the circuit afresh: in an outage all workers fail, and try again, at once.
        """
        name, holder, now = stop.candidate.name, context.call.id, self._dependencies.clock.now()
        if stop.reason in BY_CIRCUIT:
            circuit = (await self._dependencies.circuits.read(fresh=again)).get(name, Circuit())
            ticket = admit(circuit, now, 0.0)
            if ticket.admission is Admission.ALLOW:
                same = stop.generation == circuit.generation
                return stop if same else replace(stop, generation=circuit.generation)
            context.trail.skip(Skip(provider=name, reason=ticket.reason, detail=ticket.detail, until=ticket.until))
            return None
        begin = LEASES.get(stop.reason)
        if begin is None:
            return stop
        try:
            # A probe's lease stays the gateway's own: when it is written late, an outdated one must be dropped.
            by = context.options.by if stop.reason is AttemptReason.TRIAL else "gateway"
            circuit = await self._dependencies.circuits.change(name, lambda circuit: begin(circuit, holder, now), by=by)
        except asyncio.CancelledError:
            await give_back(stop, context, self._dependencies)
            raise
        if holds_trial(circuit, holder) or circuit.state is CircuitState.CLOSED:
            return replace(stop, generation=circuit.generation)
        context.trail.skip(Skip(provider=name, reason=SkipReason.TRIAL_TAKEN, detail="another call is trying it"))
        return None

    def _race(self, first: AttemptState, hedge: Hedge, stops: deque[Stop], context: CallContext) -> Race:
        def second(circuits: Mapping[str, Circuit]) -> AttemptState | None:
            stop = self._second_stop(hedge, circuits, stops, context)
            return None if stop is None else self._attempt(stop, None, len(stops), context, seq=first.seq + 1)

        return Race(first, second, context, self._dependencies, after_s=hedge.after_s)

    def _second_stop(
        self, hedge: Hedge, circuits: Mapping[str, Circuit], stops: deque[Stop], context: CallContext
    ) -> Stop | None:
        """Takes the rival's stop for a second attempt beside the first, which is silent; None when it may not be asked.

        The rules are those of `hedge_for`, looked at again: circuits and headroom may have changed since the plan.
        """
        both, purse = (hedge.first, hedge.second), self._dependencies.purse
        rival = next((stop for stop in stops if stop.candidate.name == hedge.second), None)
        if rival is None or not (
            all(is_well(circuits.get(name, Circuit())) for name in both)
            and has_room(*both, self._dependencies.capacities.read())
            and purse.take(context.route.name, hedge)
        ):
            return None
        detail = f"{hedge.first} was silent for {hedge.after_s:.2f} s, longer than usual"
        generation = circuits.get(hedge.second, Circuit()).generation
        stops.remove(rival)
        return replace(rival, reason=AttemptReason.HEDGE, generation=generation, detail=detail)

    def _attempt(
        self, stop: Stop, step: Step | None, others_left: int, context: CallContext, *, seq: int | None = None
    ) -> AttemptState:
        clock = self._dependencies.clock
        output = AttemptOutput(
            context.request,
            context.delivered,
            buffered=context.route.buffered and context.call.stream,
            live_tool_calls=context.route.live_tool_calls,
        )
        return AttemptState(
            seq=seq or context.trail.tries + 1,
            stop=stop,
            step=step,
            others_left=others_left,
            started_at=clock.now(),
            started=clock.monotonic(),
            output=output,
            meter=TokenMeter(output.request),
        )

    async def _after(self, failure: Failure, attempt: AttemptState, stops: deque[Stop], context: CallContext) -> Step:
        """Prepares `stops` for what follows `failure`, after its pause. Raises Unanswered when nothing does."""
        if context.delivered.begun:
            context.delivered.record_failure(failure, attempt.meter.usage)
            if failure.misshapen or not context.delivered.can_resume:
                raise _unanswered(failure, context)
        step = next_step(failure, self._situation(attempt, len(stops), context))
        match step.move:
            case Move.AGAIN:
                clock = self._dependencies.clock
                self._dependencies.budget.spend(attempt.stop.candidate.name, clock.monotonic())
                await clock.sleep(step.wait_s)
                stops.appendleft(attempt.stop)
            case Move.NEXT:
                if failure.error_class is ErrorClass.CONTEXT_LENGTH:
                    _drop_smaller(stops, _window_that_was_too_small(failure, attempt), context)
            case Move.REJECT | Move.GIVE_UP:
                raise _unanswered(failure, context, rejected=step.move is Move.REJECT)
        return step

    def _situation(self, attempt: AttemptState, stops_left: int, context: CallContext) -> Situation:
        stop, clock = attempt.stop, self._dependencies.clock
        name = stop.candidate.name
        budget, now = self._dependencies.budget, clock.monotonic()
        may_retry = stop.reason in RETRIED and not attempt.opened_circuit and budget.may_spend(name, now)
        return Situation(
            tries_here=context.trail.tries_at(name),
            tries=context.trail.tries,
            stops_left=stops_left,
            time_left_s=context.deadline - now,
            may_retry=may_retry,
            max_wait_s=context.route.max_wait_s,
            next_on_refusal=context.route.next_on_refusal,
            jitter=clock.random(),
            speaking=context.delivered.begun,
            refusals=_refusals(context),
            waits_pay=budget.waits_pay(name),
        )


def _return_lost(lost: AttemptState | None, stops: deque[Stop]) -> None:
    """Puts the stop of an attempt that lost its race back: its provider may go on with an answer that broke off."""
    if lost is not None:
        place = stops.appendleft if lost.stop.reason is AttemptReason.HEDGE else stops.append
        place(replace(lost.stop, reason=AttemptReason.FALLBACK, detail=""))


def _answer(attempt: AttemptState, completion: Completion) -> ProviderAnswer:
    return ProviderAnswer(provider=attempt.stop.candidate.name, completion=completion, resumed=attempt.output.resumes)


def _unanswered(failure: Failure | None, context: CallContext, *, rejected: bool = False) -> Unanswered:
    if context.delivered.begun:
        return Unanswered(context.delivered.broken_by, committed=True)
    at_fault = failure is not None and is_callers_fault(
        failure,
        next_on_refusal=context.route.next_on_refusal,
        refusals=_refusals(context),
        others_away=_others_away(context),
    )
    if (rejected or at_fault) and failure is not None and failure.error_class is ErrorClass.INVALID_REQUEST:
        failure = next(found for found in _failures(context) if found.error_class is ErrorClass.INVALID_REQUEST)
    return Unanswered(failure, rejected=rejected or at_fault)


def _failures(context: CallContext) -> Iterator[Failure]:
    return (attempt.failure for attempt in context.trail.trail.attempts if attempt.failure is not None)


def _refusals(context: CallContext) -> int:
    """The providers that have called the request invalid."""
    attempts = context.trail.trail.attempts
    return len({a.provider for a in attempts if a.failure and a.failure.error_class is ErrorClass.INVALID_REQUEST})


def _others_away(context: CallContext) -> bool:
    """Whether an open circuit keeps out a provider that may take what the others called too long, or refused."""
    windows = {stop.candidate.name: stop.candidate.context_window for stop in context.plan.stops}
    too_small = [
        (attempt.failure.context_window or windows.get(attempt.provider) or 0)
        for attempt in context.trail.trail.attempts
        if attempt.failure is not None and attempt.failure.error_class is ErrorClass.CONTEXT_LENGTH
    ]
    return any(_is_larger(candidate.context_window, max(too_small, default=0)) for candidate in context.plan.away)


def _window_that_was_too_small(failure: Failure, attempt: AttemptState) -> int | None:
    """The window that the vendor stated, else its provider's; None where the request is far below that.

    Then a bound of the account was meant, such as one on tokens per minute, which tells nothing of other vendors.
    """
    window = attempt.stop.candidate.context_window
    if failure.context_window is not None or window is None:
        return failure.context_window
    estimate = needs_of(attempt.output.request, stream=False).input_tokens
    return window if ROUGHLY * estimate >= window else None


def _is_larger(window: int | None, than: int) -> bool:
    """Whether a context window may hold what `than` tokens could not. An unknown one may."""
    return window is None or window > than


def _drop_smaller(stops: deque[Stop], than: int | None, context: CallContext) -> None:
    """Removes the stops whose context window is no larger than the one that was too small, each with its skip."""
    for stop in tuple(stops):
        window = stop.candidate.context_window
        if than is not None and not _is_larger(window, than):
            detail = f"its window of {window} tokens is no larger"
            context.trail.skip(Skip(provider=stop.candidate.name, reason=SkipReason.CONTEXT_WINDOW, detail=detail))
            stops.remove(stop)
