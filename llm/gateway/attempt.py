"""One attempt: it is logged, limited in time, run, recorded, and its circuit is updated. Also when it is cancelled."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from llm.core.calls import Attempt, AttemptReason, Outcome, Skip, SkipReason, Started
from llm.core.chat.refused import Refused
from llm.core.chat.request import Capability, ChatRequest
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
from llm.core.routing.wording import attempt_reason, attempt_sentence
from llm.gateway.context import CallContext
from llm.gateway.output import AttemptOutput, OutputEvent
from llm.gateway.ports import CallLog, Circuits, Clock, ProviderAdapter
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.time_limits import StreamLimits, within
from llm.gateway.token_meter import TokenMeter

logger = logging.getLogger(__name__)

SHORT_TOKENS = 64
"""An answer of at most so many tokens comes within the silence limit at 6 tokens a second: it is read plain."""
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


@dataclass(slots=True, kw_only=True)
class AttemptState:
    """One attempt under way. `started` is seconds on the monotonic clock. `step` led to it; None for the first."""

    stop: Stop
    step: Step | None
    others_left: int
    started_at: datetime
    started: float
    output: AttemptOutput
    meter: TokenMeter
    first_token_s: float | None = None
    opened_circuit: bool = False
    """Whether the circuit is open after this attempt."""
    unjoinable: bool = False
    """Whether it failed because its text does not continue another vendor's: no fault of its own vendor."""


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
        attempts=context.trail.tries + 1,
        resumed=output.resumes,
    )
    announced = False
    completion: Completion | None = None
    failure: Failure | None = None
    try:
        begun = _row(attempt, context, clock, Outcome.INTERRUPTED, None)
        await dependencies.log.begin(context.call, begun, context.trail.trail.attempts)
        adapter, refused = dependencies.adapter_for(candidate.name), attempt.stop.refused
        by_sdk = attempt.stop.reason in TESTS
        if not (context.call.stream or _may_take_long(output.request, candidate)):
            limit_s = min(limit_s, SILENCE_S)
            completion = await within(
                limit_s,
                adapter.complete(output.request, timeout_s=limit_s, refused=refused, by_sdk=by_sdk),
                "no answer",
            )
        else:
            silence_s = min(limit_s, silence_limit_s(len(context.plan.stops)))
            asked = adapter.stream(output.request, timeout_s=whole_s, refused=refused, by_sdk=by_sdk)
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
        await _conclude(attempt, context, dependencies, failure or completion)
    if not announced:
        yield started if started.model == completion.model else replace(started, model=completion.model)
    yield output.completion(completion)


def _may_take_long(request: ChatRequest, candidate: Candidate) -> bool:
    """Whether a plain answer is read as a stream. Only a stream distinguishes a model at work from a silent vendor."""
    return Capability.STREAM in candidate.capabilities and (request.max_tokens or candidate.max_tokens) > SHORT_TOKENS


def _outgoing(event: StreamEvent, attempt: AttemptState, context: CallContext, clock: Clock) -> Iterable[OutputEvent]:
    """What goes out because of the vendor's event: nothing of a plain answer. Raises Unjoinable."""
    if not isinstance(event, Done):
        attempt.meter.read(event)
    if isinstance(event, Metered) or not context.call.stream:
        return ()
    if isinstance(event, Done):
        return attempt.output.end()
    if attempt.first_token_s is None and not isinstance(event, Alive):
        attempt.first_token_s = clock.monotonic() - attempt.started
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
        context.trail.add(_row(attempt, context, clock, Outcome.CANCELLED, None))
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
        seq=context.trail.tries + 1,
        provider=candidate.name,
        kind=candidate.kind,
        model=candidate.model,
        answered_model=answered.model if answered else "",
        outcome=outcome,
        started_at=attempt.started_at,
        duration_s=clock.monotonic() - attempt.started,
        first_token_s=attempt.first_token_s,
        failure=result if isinstance(result, Failure) else None,
        usage=completion.usage if completion else attempt.meter.usage,
        estimated=completion is None and attempt.meter.estimated,
        malformed=completion.malformed if completion else 0,
        vendor_request_id=result.vendor_request_id if result else None,
        reason=attempt_reason(attempt.stop, attempt.step),
        why=attempt_sentence(attempt.stop, attempt.step),
    )
