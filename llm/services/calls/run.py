"""A call: plan, route, static answer if need be, record. Async, with a sync twin of each."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace

from llm.conf import llm_settings
from llm.core.calls import (
    Answer,
    AnswerEvent,
    Caller,
    CallInfo,
    CallOptions,
    CallRecord,
    CallStatus,
    Completed,
    Outcome,
    Started,
)
from llm.core.capacity.snapshot import NO_CAPACITIES
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion, Finish, TextDelta, Usage
from llm.core.chat.static_answers import static_text as text_for
from llm.core.circuit.state import Circuit, after_change, is_outdated
from llm.core.consumers.rights import KeyRights
from llm.core.exceptions import NoAnswer, NotAdmitted, RequestRejected, StreamBroken, UnknownProvider
from llm.core.failures.policy import Failure
from llm.core.routing.config import Config
from llm.core.routing.needs import needs_of
from llm.core.routing.nobody_fits import nobody_fits
from llm.core.routing.plan import Candidate, Plan, RandomDraws, RoutePolicy, make_plan
from llm.core.routing.standby import present
from llm.gateway.context import CallContext
from llm.gateway.router import ProviderAnswer, Unanswered
from llm.ids import uuid7
from llm.services import portal, shutdown
from llm.services.access.key_rights import allowed_names, permitted, within_bound
from llm.services.calls import admission, dialogues, hedging
from llm.services.calls.record import answer_of, record_of
from llm.services.calls.retry_after import retry_after_s
from llm.services.calls.static_form import in_promised_form
from llm.services.calls.use_case import routed
from llm.services.metrics import measure
from llm.services.runtime import call_log, clock, runtime
from llm.services.tracing import export as tracing
from llm.stores.capacity.here import capacity_store
from llm.stores.circuits.store import circuit_store
from llm.stores.config.routes import built_in_texts
from llm.stores.config.snapshot import config_store

STATIC = "static"


async def complete(request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()) -> Answer:
    """The best answer that can be had right now, the static one at worst.

    Raises NotAllowed for what the caller's key may not do, NotAdmitted when a limit or budget refuses, RequestRejected
    when the request itself is at fault, UnknownProvider for a name in `options` that is not configured, and NoAnswer
    only when `options.static` is False.
    """
    async with aclosing(_events(request, caller, options, stream=False)) as events:
        async for event in events:
            if isinstance(event, Completed):
                return event.answer
    raise AssertionError("a call ends with Completed or raises")


def stream(
    request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()
) -> AsyncGenerator[AnswerEvent]:
    """The same as events: `Started`, deltas, and `Completed` only if the answer came whole.

    The next provider continues an answer that breaks off (`Started` with `resumed`). Raises what `complete` raises,
    always before `Started`; after it StreamBroken, when no provider could continue. Closing the generator cancels
    the vendor's call.
    """
    return _events(request, caller, options, stream=True)


def complete_sync(request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()) -> Answer:
    """`complete` for threads without a running event loop."""
    return portal.run(lambda: complete(request, caller=caller, options=options))


def stream_sync(
    request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()
) -> Iterator[AnswerEvent]:
    """`stream` for threads without a running event loop."""
    return portal.iterate(lambda: stream(request, caller=caller, options=options))


async def static_text(route: str, language: str) -> str:
    """The static answer of this route in this language ("fr" or "en")."""
    return text_for((await config_store.current()).texts, built_in_texts(), route, language)


async def _events(
    request: ChatRequest, caller: Caller, options: CallOptions, *, stream: bool
) -> AsyncGenerator[AnswerEvent]:
    config = await _config(options, caller.rights)
    options = routed(config, request, caller, options)
    request, options = permitted(config, request, caller, options, stream=stream)
    context = _context(config, request, caller, options, stream=stream)
    result: ProviderAnswer | None = None
    measure.begun()
    try:
        context.plan = await _plan(context, config)
        context.hedge = hedging.choose(context, config.prices)
        if config.rules:
            await admission.admit(context, config, lambda: _plan(context, config))
        context.trail.skip(*context.plan.skips)
        async with aclosing(runtime().router.run(context)) as events:
            async for event in events:
                if isinstance(event, ProviderAnswer):
                    result = event
                else:
                    yield event
    except Unanswered as end:
        answer = await _static_answer(context, config, end)
        yield Started(
            call_id=context.call.id, provider=STATIC, model=STATIC, attempts=context.trail.tries, degraded=True
        )
        yield TextDelta(text=answer.completion.text)
        yield Completed(answer=answer)
        return
    except (GeneratorExit, asyncio.CancelledError):
        _write_soon(_cancelled(context))
        raise
    except NotAdmitted as refusal:
        measure.refused(refusal)
        raise
    except Exception:  # a bug; what was asked of vendors is recorded all the same
        _write_soon(record_of(context, CallStatus.FAILED))
        raise
    finally:
        measure.ended()
        _settle(context, config)
    if result is None:
        raise AssertionError("the router answers or raises")
    dialogues.note(context.plan, result.provider, clock.monotonic())
    answer = answer_of(context, result.completion, result.provider, resumed=result.resumed)
    await _write(record_of(context, CallStatus.OK, answer=answer))
    yield Completed(answer=answer)


def _settle(context: CallContext, config: Config) -> None:
    """Ends what the call holds of limits and of its route's purse. Waits for nothing."""
    if context.route.hedge_cap is not None:
        hedging.book(context)
    if config.rules:
        admission.end(context)


async def _config(options: CallOptions, rights: tuple[KeyRights, ...]) -> Config:
    """The configuration in force. Read again once when `options` names an unknown provider.

    Raises UnknownProvider, which names those that a key with these rights may ask.
    """
    config = await config_store.current()
    await runtime().prepare(config)  # before the clocks start: importing an SDK is not the vendor's time
    for name in (options.primary, options.only, *(options.fallbacks or ())):
        if name is not None and name not in config.providers:
            config = await config_store.reload()
            await runtime().prepare(config)
            if name not in config.providers:
                raise UnknownProvider(name, allowed_names(config, rights))
    return config


def _context(
    config: Config, request: ChatRequest, caller: Caller, options: CallOptions, *, stream: bool
) -> CallContext:
    route = config.routes.get(options.route) or RoutePolicy(name=options.route, deadline_s=llm_settings().deadline_s)
    started_at = clock.now()
    call_id = str(uuid7(started_at))
    call = CallInfo(
        id=call_id,
        request_id=caller.request_id or call_id,
        route=route.name,
        caller=replace(caller, rights=()) if caller.rights else caller,
        stream=stream,
        started_at=started_at,
        traced=tracing.is_on(),
    )
    started = clock.monotonic()
    return CallContext(
        call=call,
        rights=caller.rights,
        request=request,
        options=options,
        route=route,
        started=started,
        deadline=started + min(options.deadline_s or route.deadline_s, route.deadline_s),
    )


async def _plan(context: CallContext, config: Config) -> Plan:
    """The plan. When a short stated wait is all that keeps every provider out, it is waited out first."""
    plan = await _make_plan(context, config)
    if plan.stops or plan.retry_at is None:
        return plan
    wait_s = (plan.retry_at - clock.now()).total_seconds()
    if wait_s > context.route.max_wait_s or clock.monotonic() + wait_s >= context.deadline:
        return plan
    await clock.sleep(max(0.0, wait_s) + 0.01)
    return await _make_plan(context, config)


async def _make_plan(context: CallContext, config: Config) -> Plan:
    candidates = within_bound(config.candidates, context.rights)
    needs = needs_of(context.request, stream=context.call.stream)
    context.input_tokens = needs.input_tokens
    circuits, now = await _circuits(candidates), clock.now()
    draws = {name: RandomDraws(order=clock.random(), ramp=clock.random()) for name in candidates}
    return make_plan(
        candidates,
        circuits,
        needs,
        route=present(context.route, draws, now),
        options=context.options,
        now=now,
        draws=draws,
        capacities=capacity_store.read() if context.route.weighs else NO_CAPACITIES,
        dialogue=dialogues.current(context, clock.monotonic()),
    )


async def _circuits(candidates: Mapping[str, Candidate]) -> dict[str, Circuit]:
    """The circuits. A block on a key, address or model that has been changed since is lifted first."""
    circuits = await circuit_store.read()
    for name, candidate in candidates.items():
        if name in circuits and is_outdated(circuits[name], candidate.account):
            circuits[name] = await _lift_block(candidate)
    return circuits


async def _lift_block(candidate: Candidate) -> Circuit:
    now = clock.now()
    return await circuit_store.change(
        candidate.name, lambda circuit: after_change(circuit, candidate.account, now), by="configuration"
    )


async def _static_answer(context: CallContext, config: Config, end: Unanswered) -> Answer:
    """The recorded static answer to a call that no vendor answered.

    Raises StreamBroken, RequestRejected or NoAnswer, recorded as well, where a static answer would be wrong.
    """
    request_id = context.call.request_id
    trail = context.trail.trail
    failure, rejected = end.failure, end.rejected
    if failure is None and (failure := nobody_fits(trail.skips)) is not None:
        rejected = True
    if end.committed and end.failure is not None:
        await _write(record_of(context, CallStatus.CUT, failure=end.failure))
        raise StreamBroken(end.failure, trail=trail, request_id=request_id)
    if rejected and failure is not None:
        refusal = _refusal(context, failure)
        await _write(record_of(context, CallStatus.REJECTED, failure=failure))
        raise RequestRejected(failure, trail=trail, request_id=request_id, refusal=refusal)
    text = in_promised_form(
        text_for(config.texts, built_in_texts(), context.route.name, context.request.language), context.request.output
    )
    if text is None or not context.options.static or context.options.only is not None:
        await _write(record_of(context, CallStatus.FAILED, failure=end.failure))
        wait = retry_after_s(trail, circuit_store.peek(), clock.now())
        raise NoAnswer(trail=trail, request_id=request_id, retry_after_s=wait)
    completion = Completion(text=text, model=STATIC, finish=Finish.STOP, usage=Usage())
    answer = answer_of(context, completion, STATIC, degraded=True)
    await _write(record_of(context, CallStatus.STATIC, answer=answer, failure=end.failure))
    return answer


def _refusal(context: CallContext, failure: Failure) -> Answer | None:
    """The model's own refusal as an answer; None when the failure is another."""
    refusal = failure.refusal
    if refusal is None:
        return None
    completion = Completion(
        text="",
        model=refusal.model,
        finish=refusal.finish,
        usage=failure.usage,
        vendor_request_id=failure.vendor_request_id,
        refusal=refusal.text,
    )
    attempts = context.trail.trail.attempts
    return answer_of(context, completion, next(a.provider for a in reversed(attempts) if a.failure))


def _cancelled(context: CallContext) -> CallRecord:
    """The record of a call whose caller left, or that ends with this process."""
    if not shutdown.interrupting():
        return record_of(context, CallStatus.CANCELLED)
    record = record_of(context, CallStatus.INTERRUPTED)
    attempts = tuple(
        replace(attempt, outcome=Outcome.INTERRUPTED) if attempt.outcome is Outcome.CANCELLED else attempt
        for attempt in record.trail.attempts
    )
    return replace(record, trail=replace(record.trail, attempts=attempts))


def _write(record: CallRecord) -> Awaitable[bool]:
    """Counts the finished call, makes spans of it where calls are traced, and hands its record to the log."""
    measure.finished(record)
    if record.call.traced:
        tracing.exporter.export(record)
    return call_log.write(record)


_writing: set["asyncio.Future[bool]"] = set()


def _write_soon(record: CallRecord) -> None:
    """Hands the record over without waiting: the caller has left, and this task is being cancelled."""
    future = asyncio.ensure_future(_write(record))
    _writing.add(future)
    future.add_done_callback(_writing.discard)
