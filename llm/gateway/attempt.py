"""One attempt with everything that belongs to it: the announcement to the log, the try, its place in
the journey, its verdict for the circuit. Whatever happens, also on cancellation.
"""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from llm.core.calls import Attempt, Outcome, Skip
from llm.core.chat.response import Completion, Done, Metered, TextDelta, ToolCallDelta
from llm.core.circuit.state import CircuitState, release
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.continuation import Unjoinable
from llm.core.routing.next_step import MIN_ATTEMPT_S, STATIC_RESERVE_S, attempt_limit_s
from llm.core.routing.plan import Entry, Stop
from llm.gateway.output import AttemptOutput, Heard
from llm.gateway.ports import Adapter, CallLog, Circuits, Clock
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.time_limits import attempt
from llm.gateway.token_meter import Meter
from llm.gateway.trail import TrailRecorder

logger = logging.getLogger(__name__)

LEASED = (Entry.TRIAL, Entry.PROBE)
"""Stops that hold the one lease of their provider while they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """From here on the events are this provider's. `attempt` is the number of the try, from 1.

    With `resumes` it goes on with an answer that others have begun.
    """

    provider: str
    model: str
    attempt: int
    resumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The whole answer of `provider`; always the last event."""

    provider: str
    completion: Completion
    resumed: bool = False


RouterEvent = Speaking | Heard | Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDependencies:
    """What asking needs of its surroundings; one for all calls of an event loop."""

    adapter_for: Callable[[str], Adapter]
    circuit: Circuits
    log: CallLog
    clock: Clock
    budget: RetryBudget


@dataclass(slots=True, kw_only=True)
class AttemptState:
    """One attempt under way. `deadline` and `started` are on the monotonic clock."""

    stop: Stop
    why: str
    others_left: int
    deadline: float
    started_at: datetime
    started: float
    output: AttemptOutput
    meter: Meter
    first_token_s: float | None = None
    opened: bool = False
    """Whether the circuit stands open after this attempt."""
    unjoinable: bool = False
    """Whether it failed for no fault of its vendor's: what it said does not join on to another's words."""


async def ask(
    this: AttemptState, trail_recorder: TrailRecorder, dependencies: RouterDependencies
) -> AsyncGenerator[RouterEvent]:
    """The events of one attempt, ending with `Answered`. Raises ProviderError.

    Nothing is yielded before the first content that goes out.
    """
    candidate, clock = this.stop.candidate, dependencies.clock
    limit, whole = await _limits(this, trail_recorder, dependencies)
    if trail_recorder.tries_at(candidate.name) == 0:
        dependencies.budget.earn(candidate.name)
    dependencies.log.begin(trail_recorder.call, _row(this, trail_recorder, clock, Outcome.INTERRUPTED, None))
    speaking = Speaking(
        provider=candidate.name, model=candidate.model, attempt=trail_recorder.tries + 1, resumes=this.output.resumes
    )
    spoke = False
    result: Completion | Failure | None = None
    try:
        async with aclosing(_events(this, trail_recorder, dependencies, limit, whole)) as events:
            async for event in events:
                if isinstance(event, Completion):
                    result = event
                    break
                if not spoke:
                    spoke = True
                    yield speaking
                yield event
    except Exception as error:  # an adapter that cannot be built, or breaks its contract, costs only its provider
        result = _failure(error, this)
        raise ProviderError(result) from error
    finally:
        await _conclude(this, trail_recorder, dependencies, result)
    if not isinstance(result, Completion):
        raise AssertionError("an attempt ends with Done or raises")
    if not spoke:
        yield replace(speaking, model=result.model)
    yield Answered(provider=candidate.name, completion=this.output.whole(result), resumed=this.output.resumes)


async def _events(
    this: AttemptState, trail_recorder: TrailRecorder, dependencies: RouterDependencies, limit: float, whole: float
) -> AsyncGenerator[Heard | Completion]:
    """What goes out of this attempt, and last the vendor's own completion."""
    adapter = dependencies.adapter_for(this.stop.candidate.name)
    source = attempt(adapter, this.output.request, stream=trail_recorder.call.stream, limit_s=limit, whole_s=whole)
    async with aclosing(source) as events:
        async for event in events:
            if isinstance(event, Done):
                for heard in this.output.end():
                    yield heard
                yield event.completion
                return
            this.meter.read(event)
            if isinstance(event, Metered):
                continue
            if this.first_token_s is None and isinstance(event, TextDelta | ToolCallDelta):
                this.first_token_s = dependencies.clock.monotonic() - this.started
            for heard in this.output.hear(event):
                yield heard


async def _limits(
    this: AttemptState, trail_recorder: TrailRecorder, dependencies: RouterDependencies
) -> tuple[float, float]:
    """(seconds to the answer or first content, seconds to the end of a stream). Raises ProviderError when too few."""
    candidate = this.stop.candidate
    left = this.deadline - dependencies.clock.monotonic()
    limit = attempt_limit_s(candidate.attempt_timeout_s, time_left_s=left, stops_left=this.others_left)
    if limit >= MIN_ATTEMPT_S:
        return limit, max(limit, left - STATIC_RESERVE_S)
    trail_recorder.skip(Skip(provider=candidate.name, reason="deadline", detail="no time left to ask it"))
    await give_back(this.stop, trail_recorder, dependencies)
    raise ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message="no time left to ask it"))


def _failure(error: Exception, this: AttemptState) -> Failure:
    if isinstance(error, ProviderError):
        if error.failure.usage.total:
            this.meter.final(error.failure.usage)
        return error.failure
    if isinstance(error, Unjoinable):
        this.unjoinable = True
        return Failure(error_class=ErrorClass.BAD_RESPONSE, message=f"what was said cannot be continued: {error}")
    logger.error("the adapter of %s is broken", this.stop.candidate.name, exc_info=error)
    return Failure(error_class=ErrorClass.UNKNOWN, message=f"its adapter is broken: {type(error).__name__}")


async def _conclude(
    this: AttemptState,
    trail_recorder: TrailRecorder,
    dependencies: RouterDependencies,
    result: Completion | Failure | None,
) -> None:
    """Adds the attempt to the journey and tells the circuit; without a result it was cancelled."""
    stop, holder = this.stop, trail_recorder.call.id
    if result is None:
        trail_recorder.add(_row(this, trail_recorder, dependencies.clock, Outcome.CANCELLED, None))
        await give_back(stop, trail_recorder, dependencies)
        return
    failure = result if isinstance(result, Failure) else None
    trail_recorder.add(
        _row(this, trail_recorder, dependencies.clock, Outcome.FAILED if failure else Outcome.OK, result)
    )
    if this.unjoinable:
        await give_back(stop, trail_recorder, dependencies)
        return
    seen = Observation(
        at=dependencies.clock.now(),
        generation=stop.generation,
        holder=holder,
        failure=failure,
        jitter=dependencies.clock.random(),
        account=stop.candidate.account,
        quota_resets_in_s=result.quota_resets_in_s if isinstance(result, Completion) else None,
    )
    circuit = await dependencies.circuit.change(stop.candidate.name, lambda circuit: observe(circuit, seen))
    this.opened = circuit.state is CircuitState.OPEN


async def give_back(stop: Stop, trail_recorder: TrailRecorder, dependencies: RouterDependencies) -> None:
    """Frees the lease that this call may hold on the stop's provider, without a word on its health."""
    holder = trail_recorder.call.id
    if stop.entry in LEASED:
        await dependencies.circuit.change(stop.candidate.name, lambda circuit: release(circuit, holder))


def _row(
    this: AttemptState,
    trail_recorder: TrailRecorder,
    clock: Clock,
    outcome: Outcome,
    result: Completion | Failure | None,
) -> Attempt:
    completion = result if isinstance(result, Completion) else None
    candidate = this.stop.candidate
    return Attempt(
        seq=trail_recorder.tries + 1,
        provider=candidate.name,
        kind=candidate.kind,
        model=completion.model if completion else candidate.model,
        outcome=outcome,
        started_at=this.started_at,
        duration_s=clock.monotonic() - this.started,
        first_token_s=this.first_token_s,
        failure=result if isinstance(result, Failure) else None,
        usage=completion.usage if completion else this.meter.usage,
        estimated=completion is None and this.meter.estimated,
        malformed=completion.malformed if completion else 0,
        vendor_request_id=result.vendor_request_id if result else None,
        why=this.why,
    )
