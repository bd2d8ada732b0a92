"""One attempt: it is logged, limited in time, run, recorded, and its circuit is updated. Also when it is cancelled."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from llm import trace_headers
from llm.core.calls import Attempt, AttemptReason, Outcome, Skip, SkipReason, Started
from llm.core.capacity.sample import Sample
from llm.core.chat.refused import Refused
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Alive, Completion, Done, Metered, StreamEvent, TextDelta, ToolCallDelta
from llm.core.circuit.state import CircuitState, release
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.refused_part import refused_part
from llm.core.routing.continuation import Unjoinable
from llm.core.routing.needs import needs_of
from llm.core.routing.next_step import (
    MIN_ATTEMPT_S,
    SILENCE_S,
    STATIC_RESERVE_S,
    Move,
    Step,
    attempt_limit_s,
    silence_limit_s,
)
from llm.core.routing.plan import Candidate, Stop
from llm.core.routing.whole import comes_whole
from llm.core.routing.wording import attempt_reason, attempt_sentence
from llm.gateway.context import CallContext
from llm.gateway.fate import share_fate
from llm.gateway.hedging.purse import HedgePurse
from llm.gateway.hedging.speech import announced
from llm.gateway.output import AttemptOutput, OutputEvent
from llm.gateway.ports import CallLog, Capacities, Circuits, Clock, ProviderAdapter
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.sampling import sample_of, silence_of
from llm.gateway.time_limits import StreamLimits, within
from llm.gateway.token_meter import TokenMeter

logger = logging.getLogger(__name__)

TESTS = (AttemptReason.TEST, AttemptReason.PROBE)
"""Stops that no caller asked for. The vendor's SDK carries them: it is what an answer is compared with."""
LEASED = (AttemptReason.TRIAL, AttemptReason.PROBE)
"""Stops that hold the one lease of their provider while they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDependencies:
    """What the router uses; one for all calls of an event loop. `adapter_for` maps a provider's name to its adapter."""

    adapter_for: Callable[[str], ProviderAdapter]
    circuits: Circuits
    log: CallLog
    clock: Clock
    budget: RetryBudget
    capacities: Capacities
    candidates: Callable[[], Iterable[Candidate]]
    """All providers: those that share the fate of one that fails may be of no plan of this call."""
    purse: HedgePurse


@dataclass(slots=True, kw_only=True)
class AttemptState:
    """One attempt under way. `started` is seconds on the monotonic clock. `step` led to it; None for the first.

    `seq` is its number in the call, from 1.
    """

    seq: int
    stop: Stop
    step: Step | None
    others_left: int
    started_at: datetime
    started: float
    output: AttemptOutput
    meter: TokenMeter
    first_content_s: float | None = None
    """Seconds to the first content, of answers that came as a stream."""
    opened_circuit: bool = False
    """Whether the circuit is open after this attempt."""
    unjoinable: bool = False
    """Whether it failed because its text does not continue another vendor's: no fault of its own vendor."""
    on_speaking: Callable[[], None] | None = None
    """Called once, when its model is seen at work: of two attempts at once the first to speak is kept."""
    lost: bool = False
    """Whether it was cancelled because another attempt spoke first."""

    def speaks(self) -> None:
        """Tells that its model has been seen at work."""
        if self.on_speaking is not None:
            self.on_speaking()

    def watched(self, asked: AsyncGenerator[StreamEvent]) -> AsyncGenerator[StreamEvent]:
        """The vendor's events. Where it matters who speaks first, that is told before the event passes."""
        return asked if self.on_speaking is None else announced(asked, self.on_speaking)


AttemptEvent = Started | TextDelta | ToolCallDelta | Alive | Completion
"""What an attempt yields: `Started`, the deltas that go out, and the whole answer last."""


async def run_attempt(
    attempt: AttemptState, context: CallContext, dependencies: RouterDependencies
) -> AsyncGenerator[AttemptEvent]:
    """The events of one attempt. Raises ProviderError.

    `Started` comes with the first content that goes out, and not before.
    """
    candidate, clock, output = attempt.stop.candidate, dependencies.clock, attempt.output
    limit_s, whole_s = await _limits(attempt, context, dependencies)
    if context.trail.tries_at(candidate.name) == 0:
        dependencies.budget.earn(candidate.name)
    started = Started(
        call_id=context.call.id,
        provider=candidate.name,
        model=candidate.model,
        attempts=attempt.seq,
        resumed=output.resumes,
    )
    announced = False
    completion: Completion | None = None
    failure: Failure | None = None
    input_tokens, max_tokens = context.input_tokens, output.request.max_tokens or candidate.max_tokens
    flight = dependencies.capacities.begin(candidate.name, input_tokens=input_tokens, max_tokens=max_tokens)
    try:
        begun = _row(attempt, context, clock, Outcome.INTERRUPTED, None)
        await dependencies.log.begin(context.call, begun, context.trail.trail.attempts)
        trace_headers.set_for(context.call, begun.seq)
        adapter, refused = dependencies.adapter_for(candidate.name), attempt.stop.refused
        by_sdk = attempt.stop.reason in TESTS
        if comes_whole(output.request, candidate, stream=context.call.stream):
            limit_s = min(limit_s, SILENCE_S)
            completion = await within(
                limit_s,
                adapter.complete(output.request, timeout_s=limit_s, refused=refused, by_sdk=by_sdk),
                "no answer",
            )
            attempt.speaks()
        else:
            silence_s = min(limit_s, silence_limit_s(len(context.plan.stops)))
            asked = attempt.watched(adapter.stream(output.request, timeout_s=whole_s, refused=refused, by_sdk=by_sdk))
            shared = attempt.others_left > 0
            with StreamLimits(silence_s=silence_s, whole_s=whole_s, shared=shared) as limits:
                async with aclosing(asked) as events:
                    while completion is None:
                        event = await limits.next(events)
                        for delta in _outgoing(event, attempt, context, clock):
                            if not announced:
                                announced = True
                                yield started
                            yield delta
                        if isinstance(event, Done):
                            completion = event.completion
    except Exception as error:  # an adapter that cannot be built, or breaks its contract, costs only its provider
        failure = _failure(error, attempt)
        raise ProviderError(failure) from error
    finally:
        sample = _sample(attempt, failure or completion, input_tokens, clock.monotonic() - attempt.started)
        dependencies.capacities.end(candidate.name, flight, sample)
        await _conclude(attempt, context, dependencies, failure or completion)
    if not announced:
        yield started if started.model == completion.model else replace(started, model=completion.model)
    yield output.completion(completion)


def _sample(attempt: AttemptState, result: Completion | Failure | None, input_tokens: int, whole_s: float) -> Sample:
    """What its end tells of capacity. A second attempt that lost was cancelled early: its silence tells nothing."""
    if attempt.lost and result is None and attempt.stop.reason is not AttemptReason.HEDGE:
        return silence_of(input_tokens, whole_s)
    is_test, first_s = attempt.stop.reason in TESTS, attempt.first_content_s
    return sample_of(result, input_tokens=input_tokens, first_s=first_s, whole_s=whole_s, is_test=is_test)


def _outgoing(event: StreamEvent, attempt: AttemptState, context: CallContext, clock: Clock) -> Iterable[OutputEvent]:
    """What goes out because of the vendor's event: nothing of a plain answer. Raises Unjoinable."""
    if not isinstance(event, Done):
        attempt.meter.read(event)
    if attempt.first_content_s is None and isinstance(event, TextDelta | ToolCallDelta):
        attempt.first_content_s = clock.monotonic() - attempt.started
    if isinstance(event, Metered) or not context.call.stream:
        return ()
    if isinstance(event, Done):
        return attempt.output.end()
    return attempt.output.feed(event)


async def _limits(attempt: AttemptState, context: CallContext, dependencies: RouterDependencies) -> tuple[float, float]:
    """(seconds to the answer or first content, seconds to the end of a stream). Raises ProviderError when too few."""
    candidate = attempt.stop.candidate
    left_s = context.deadline - dependencies.clock.monotonic()
    limit_s = attempt_limit_s(candidate.attempt_timeout_s, time_left_s=left_s, stops_left=attempt.others_left)
    if limit_s >= MIN_ATTEMPT_S:
        return limit_s, max(limit_s, left_s - STATIC_RESERVE_S)
    detail = "no time left to ask it"
    context.trail.skip(Skip(provider=candidate.name, reason=SkipReason.DEADLINE, detail=detail))
    await give_back(attempt.stop, context, dependencies)
    raise ProviderError(Failure(error_class=ErrorClass.TIMEOUT, message=detail))


def _failure(error: Exception, attempt: AttemptState) -> Failure:
    if isinstance(error, ProviderError):
        if error.failure.usage.total:
            attempt.meter.final(error.failure.usage)
        return error.failure
    if isinstance(error, Unjoinable):
        attempt.unjoinable = True
        return Failure(error_class=ErrorClass.BAD_RESPONSE, message=f"the answer cannot be continued: {error}")
    logger.error("the request could not be built for %s", attempt.stop.candidate.name, exc_info=error)
    return Failure(error_class=ErrorClass.INTERNAL, message=f"the adapter failed: {type(error).__name__}")


async def _conclude(
    attempt: AttemptState, context: CallContext, dependencies: RouterDependencies, result: Completion | Failure | None
) -> None:
    """Records the attempt and updates the circuit; without a result it was cancelled."""
    stop, clock = attempt.stop, dependencies.clock
    if result is None:
        if attempt.lost:
            attempt.meter.abandon()
        context.trail.add(_row(attempt, context, clock, Outcome.HEDGED if attempt.lost else Outcome.CANCELLED, None))
        await give_back(stop, context, dependencies)
        return
    failure = result if isinstance(result, Failure) else None
    context.trail.add(_row(attempt, context, clock, Outcome.FAILED if failure else Outcome.OK, result))
    if attempt.step is not None and attempt.step.move is Move.AGAIN and attempt.step.after is ErrorClass.RATE_LIMITED:
        dependencies.budget.note_wait(stop.candidate.name, answered=failure is None)
    if failure is not None and failure.used_up and stop.reason in TESTS:
        failure = None  # a test's few tokens went into reasoning: the vendor works
    ours = attempt.unjoinable or (failure is not None and failure.error_class is ErrorClass.INTERNAL)
    if ours or (failure is not None and not context.options.failures_count):
        await give_back(stop, context, dependencies)
        return
    observation = Observation(
        at=clock.now(),
        generation=stop.generation,
        holder=context.call.id,
        failure=failure,
        jitter=clock.random(),
        account=stop.candidate.account,
        refused=_refused(attempt.output.request, result),
        is_probe=stop.reason is AttemptReason.PROBE,
        quota_resets_in_s=result.quota_resets_in_s if isinstance(result, Completion) else None,
    )
    circuit = await dependencies.circuits.change(
        stop.candidate.name, lambda circuit: observe(circuit, observation), by=context.options.by
    )
    attempt.opened_circuit = circuit.state is CircuitState.OPEN
    if failure is not None:
        await share_fate(
            stop.candidate,
            failure,
            circuit,
            others=dependencies.candidates(),
            circuits=dependencies.circuits,
            clock=clock,
            by=context.options.by,
        )


def _refused(request: ChatRequest, result: Completion | Failure) -> tuple[Refused, ...]:
    """What the vendor refused of the request: before it was mended, and in the end."""
    if isinstance(result, Completion) or result.error_class not in (
        ErrorClass.INVALID_REQUEST,
        ErrorClass.CONTEXT_LENGTH,
    ):
        return result.refused
    tokens = needs_of(request, stream=False).input_tokens
    part = refused_part(request, result, input_tokens=tokens)
    return result.refused if part is None else (*result.refused, part)


async def give_back(stop: Stop, context: CallContext, dependencies: RouterDependencies) -> None:
    """Releases the lease that this call may hold on the stop's provider. The circuit stays as it is."""
    holder = context.call.id
    if stop.reason in LEASED:
        await dependencies.circuits.change(
            stop.candidate.name, lambda circuit: release(circuit, holder), by=context.options.by
        )


def _row(
    attempt: AttemptState, context: CallContext, clock: Clock, outcome: Outcome, result: Completion | Failure | None
) -> Attempt:
    completion = result if isinstance(result, Completion) else None
    answered = completion or (result.refusal if isinstance(result, Failure) else None)
    candidate = attempt.stop.candidate
    return Attempt(
        seq=attempt.seq,
        provider=candidate.name,
        kind=candidate.kind,
        model=candidate.model,
        answered_model=answered.model if answered else "",
        outcome=outcome,
        started_at=attempt.started_at,
        duration_s=clock.monotonic() - attempt.started,
        first_token_s=attempt.first_content_s if context.call.stream else None,
        failure=result if isinstance(result, Failure) else None,
        usage=completion.usage if completion else attempt.meter.usage,
        estimated=completion is None and attempt.meter.estimated,
        malformed=completion.malformed if completion else 0,
        vendor_request_id=result.vendor_request_id if result else None,
        reason=attempt_reason(attempt.stop, attempt.step),
        why=attempt_sentence(attempt.stop, attempt.step),
    )
