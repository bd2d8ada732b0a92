"""The way of a call: plan, route, static tier if need be, record. Async, with a sync twin of each."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace

import structlog

from llm.conf import llm_settings
from llm.core.calls import (
    Answer,
    AnswerEvent,
    Caller,
    CallInfo,
    CallOptions,
    CallRecord,
    CallStatus,
    Closed,
    Opened,
    Resumed,
)
from llm.core.chat import static_answers as static_texts
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion, Finish, TextDelta, Usage
from llm.core.circuit.state import Circuit, after_change, is_outdated
from llm.core.exceptions import NoAnswer, RequestRejected, StreamBroken, UnknownProvider
from llm.core.failures.policy import Failure
from llm.core.routing.plan import Candidate, Plan, RandomDraws, RoutePolicy, make_plan, needs_of, nobody_fits
from llm.gateway.router import Answered, Speaking, Unanswered
from llm.gateway.trail import TrailRecorder
from llm.ids import uuid7
from llm.services import portal
from llm.services.calls.context import CallContext, answer_of, record_of
from llm.services.calls.retry_after import retry_after_s
from llm.services.runtime import call_log, clock, runtime
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

STATIC = "static"


async def complete(request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()) -> Answer:
    """The best answer that can be had right now, the static one at worst.

    Raises RequestRejected when the request itself is at fault, UnknownProvider for a name in
    `options` that is not configured, and NoAnswer only when `options.static` is False.
    """
    async with aclosing(_events(request, caller, options, stream=False)) as events:
        async for event in events:
            if isinstance(event, Closed):
                return event.answer
    raise AssertionError("a call ends with Closed or raises")


async def stream(
    request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()
) -> AsyncGenerator[AnswerEvent]:
    """The same as events: `Opened`, deltas, and `Closed` only if the answer came whole.

    An answer that breaks off is gone on with by the next provider (`Resumed`). Raises what `complete`
    raises, always before `Opened`; after it StreamBroken, when nobody could go on. Closing the generator cancels
    the vendor's call.
    """
    async with aclosing(_events(request, caller, options, stream=True)) as events:
        async for event in events:
            yield event


def complete_sync(request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()) -> Answer:
    """`complete` for threads without a running event loop."""
    return portal.run(lambda: complete(request, caller=caller, options=options))


def stream_sync(
    request: ChatRequest, *, caller: Caller = Caller(), options: CallOptions = CallOptions()
) -> Iterator[AnswerEvent]:
    """`stream` for threads without a running event loop."""
    return portal.iterate(lambda: stream(request, caller=caller, options=options))


async def static_text(route: str, language: str) -> str:
    """What the static tier says on this route in this language ("fr" or "en")."""
    return static_texts.static_text((await config_store.current()).texts, route, language)


async def _events(
    request: ChatRequest, caller: Caller, options: CallOptions, *, stream: bool
) -> AsyncGenerator[AnswerEvent]:
    way = await _prepare(request, caller, options, stream=stream)
    done: Answered | None = None
    try:
        plan = await _plan(way)
        async with aclosing(
            runtime().router.run(request, plan, way.trail_recorder, route=way.route, deadline=way.deadline)
        ) as events:
            async for event in events:
                if isinstance(event, Speaking):
                    yield _opened(way, event)
                elif isinstance(event, Answered):
                    done = event
                else:
                    yield event
    except Unanswered as end:
        async for last in _without_answer(way, end):
            yield last
        return
    except (GeneratorExit, asyncio.CancelledError):
        _write_soon(record_of(way, CallStatus.CANCELLED))
        raise
    except Exception:  # a bug: nobody may be able to answer for it, but what was asked of vendors is on record
        _write_soon(record_of(way, CallStatus.FAILED))
        raise
    if done is None:
        raise AssertionError("the router answers or raises")
    yield Closed(answer=await _answered(way, done))


def _opened(way: CallContext, speaking: Speaking) -> Opened | Resumed:
    if speaking.resumes:
        return Resumed(provider=speaking.provider, model=speaking.model, attempts=speaking.attempt)
    return Opened(
        call_id=way.trail_recorder.call.id, provider=speaking.provider, model=speaking.model, attempts=speaking.attempt
    )


async def _prepare(request: ChatRequest, caller: Caller, options: CallOptions, *, stream: bool) -> CallContext:
    config = await config_store.current()
    await runtime().prepare(config)  # before the clocks start: importing an SDK is not the vendor's time
    for name in (options.primary, options.only, *(options.fallbacks or ())):
        if name is not None and name not in config.providers:
            config = await config_store.reload()
            await runtime().prepare(config)
            if name not in config.providers:
                raise UnknownProvider(name)
    route = config.routes.get(options.route) or RoutePolicy(name=options.route, deadline_s=llm_settings().deadline_s)
    call_id = str(uuid7())
    call = CallInfo(
        id=call_id,
        request_id=caller.request_id or call_id,
        route=route.name,
        caller=caller,
        stream=stream,
        started_at=clock.now(),
    )
    started = clock.monotonic()
    deadline_s = min(options.deadline_s or route.deadline_s, route.deadline_s)
    return CallContext(
        request=request,
        options=options,
        route=route,
        config=config,
        trail_recorder=TrailRecorder(call),
        started=started,
        deadline=started + deadline_s,
    )


async def _plan(way: CallContext) -> Plan:
    """The plan; when all that stands in its way is a short stated wait, that wait is waited out first."""
    plan = await _make_plan(way)
    if not plan.stops and plan.retry_at is not None:
        wait = (plan.retry_at - clock.now()).total_seconds()
        if wait <= way.route.max_wait_s and clock.monotonic() + wait < way.deadline:
            await clock.sleep(max(0.0, wait) + 0.01)
            plan = await _make_plan(way)
    way.trail_recorder.skip(*plan.skips)
    return plan


async def _make_plan(way: CallContext) -> Plan:
    candidates = way.config.candidates
    return make_plan(
        candidates,
        await _health(candidates),
        needs_of(way.request, stream=way.trail_recorder.call.stream),
        route=way.route,
        options=way.options,
        now=clock.now(),
        draws={name: RandomDraws(order=clock.random(), ramp=clock.random()) for name in candidates},
    )


async def _health(candidates: Mapping[str, Candidate]) -> dict[str, Circuit]:
    """The circuits; a block on a key, address or model that has been changed since is lifted first."""
    circuit = await circuit_store.read()
    for name, candidate in candidates.items():
        if name in circuit and is_outdated(circuit[name], candidate.account):
            circuit[name] = await _lift_block(candidate)
    return circuit


async def _lift_block(candidate: Candidate) -> Circuit:
    now = clock.now()
    return await circuit_store.change(
        candidate.name, lambda circuit: after_change(circuit, candidate.account, now), by="configuration"
    )


async def _answered(way: CallContext, done: Answered) -> Answer:
    answer = replace(answer_of(way, done.completion, done.provider, degraded=False), resumed=done.resumed)
    record = record_of(way, CallStatus.OK, answer=answer)
    await call_log.write(record)
    return answer


async def _without_answer(way: CallContext, end: Unanswered) -> AsyncGenerator[AnswerEvent]:
    """What a call comes to that no vendor answered: an exception, or the static answer."""
    request_id = way.trail_recorder.call.request_id
    trail = way.trail_recorder.trail
    failure, rejected = end.failure, end.rejected
    if failure is None and (failure := nobody_fits(trail.skips)) is not None:
        rejected = True
    if end.committed and end.failure is not None:
        await call_log.write(record_of(way, CallStatus.CUT, failure=end.failure))
        raise StreamBroken(end.failure, trail=trail, request_id=request_id)
    if rejected and failure is not None:
        refusal = _refusal(way, failure)
        await call_log.write(record_of(way, CallStatus.REJECTED, failure=failure))
        raise RequestRejected(failure, trail=trail, request_id=request_id, refusal=refusal)
    if not way.options.static or way.options.only is not None:
        await call_log.write(record_of(way, CallStatus.FAILED, failure=end.failure))
        wait = retry_after_s(trail, circuit_store.peek(), clock.now())
        raise NoAnswer(trail=trail, request_id=request_id, retry_after_s=wait)
    text = static_texts.static_text(way.config.texts, way.route.name, way.request.language)
    completion = Completion(text=text, model=STATIC, finish=Finish.STOP, usage=Usage())
    answer = answer_of(way, completion, STATIC, degraded=True)
    await call_log.write(record_of(way, CallStatus.STATIC, answer=answer, failure=end.failure))
    yield Opened(
        call_id=way.trail_recorder.call.id,
        provider=STATIC,
        model=STATIC,
        attempts=way.trail_recorder.tries,
        degraded=True,
    )
    yield TextDelta(text=text)
    yield Closed(answer=answer)


def _refusal(way: CallContext, failure: Failure) -> Answer | None:
    """The model's own no as an answer; None when it was not the model that said no."""
    said = failure.refusal
    if said is None:
        return None
    completion = Completion(
        text="",
        model=said.model,
        finish=said.finish,
        usage=failure.usage,
        vendor_request_id=failure.vendor_request_id,
        refusal=said.text,
    )
    return answer_of(way, completion, way.trail_recorder.trail.attempts[-1].provider, degraded=False)


_writing: set["asyncio.Future[bool]"] = set()


def _write_soon(record: CallRecord) -> None:
    """Hands the record over without waiting: the caller has gone, and this task is being cancelled."""
    future = asyncio.ensure_future(call_log.write(record))
    _writing.add(future)
    future.add_done_callback(_writing.discard)
