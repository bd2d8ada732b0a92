"""Probes and tests of providers, and the reset of their circuits: what operators and the schedule can run."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from llm.core.calls import Caller, CallOptions, SkipReason
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Usage
from llm.core.circuit.probing import after_listing
from llm.core.circuit.state import Circuit, CircuitState, release, retry_at
from llm.core.circuit.state import reset as reset_circuit
from llm.core.circuit.transitions import Observation
from llm.core.exceptions import CallError, UnknownProvider
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.config import ProviderConfig
from llm.services import portal
from llm.services.access.key_rights import allowed_names
from llm.services.calls.run import complete
from llm.services.runtime import clock, runtime
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

LIST_TIMEOUT_S = 10.0
TEST_PROMPT = "Reply with the single word: ready"
TEST_TOKENS = 256
"""An upper limit; the answer is one word, and a reasoning model thinks before it."""
PROBE_TOKENS = 16
"""A model that spends them on reasoning shows that the vendor works, which is all that a probe asks."""
TEST_OPTIONS = CallOptions(static=False, deadline_s=30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The result of a probe. `live`: a completion was made. `state`: the circuit's state after it.

    `postponed`: the probe was due, but the day's budget does not allow it; `detail` says why.
    """

    provider: str
    ok: bool
    live: bool
    latency_ms: float | None
    state: str
    detail: str
    failure: Failure | None
    retry_at: datetime | None
    postponed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The result of a small real call."""

    __test__ = False  # pytest would collect it by its name

    provider: str
    ok: bool
    latency_ms: float | None
    model: str
    text: str
    usage: Usage | None
    failure: Failure | None


async def probe(name: str, *, live: bool = False, by: str = "probe", failures_count: bool = True) -> ProbeResult:
    """Probes one provider and updates its circuit. Raises UnknownProvider.

    Lists the models, which is not billed; with `live` asks for a tiny completion, which is. Without `failures_count`
    a failure changes no circuit: it may be the fault of this machine's own network.
    """
    provider = await _provider(name)
    result = None
    if live:
        result = await probe_by_completion(name, by=by, leased=False, failures_count=failures_count)
    return result or await probe_by_list(provider, by=by, failures_count=failures_count)


async def _provider(name: str) -> ProviderConfig:
    config = await config_store.current()
    if name not in config.providers:
        config = await config_store.reload()
    if name not in config.providers:
        raise UnknownProvider(name, config.providers)
    await runtime().prepare(config)
    return config.providers[name]


async def probe_by_list(
    provider: ProviderConfig,
    *,
    by: str,
    holder: str = "",
    generation: int = 0,
    transition: Callable[[Circuit, Observation], Circuit] = after_listing,
    is_probe: bool = False,
    failures_count: bool = True,
) -> ProbeResult:
    """The unbilled probe: lists the models and updates the circuit by `transition`.

    `holder` has taken the lease under `generation`. An operator's probe takes no lease: its `holder` is "". A failure
    that does not count gives the lease back, and changes nothing else.
    """
    name = provider.name
    if not provider.candidate.has_key:
        circuit = (await circuit_store.read()).get(name, Circuit())
        return result_of(name, circuit, ok=False, live=False, detail="no API key is configured")
    started = clock.monotonic()
    try:
        failure = await _listing_failure(provider)
    except asyncio.CancelledError:
        await circuit_store.change(name, partial(release, holder=holder), by=by)
        raise
    latency_ms = round(1000 * (clock.monotonic() - started), 1)
    account = provider.candidate.account
    observation = Observation(
        at=clock.now(), generation=generation, failure=failure, holder=holder, account=account, is_probe=is_probe
    )
    counts = failure is None or failures_count
    circuit = await circuit_store.change(
        name, lambda before: transition(before, observation) if counts else release(before, holder), by=by
    )
    detail = failure.message if failure else _success_detail(circuit, "lists its models")
    return result_of(
        name, circuit, ok=failure is None, live=False, latency_ms=latency_ms, detail=detail, failure=failure
    )


async def _listing_failure(provider: ProviderConfig) -> Failure | None:
    try:
        async with asyncio.timeout(LIST_TIMEOUT_S):
            await runtime().adapter(provider).list_models(timeout_s=LIST_TIMEOUT_S)
    except ProviderError as error:
        return error.failure
    except TimeoutError:
        return Failure(error_class=ErrorClass.TIMEOUT, message=f"no list of models within {LIST_TIMEOUT_S:g} s")
    except Exception as error:  # a provider with a broken row fails its own probe only
        log.exception("probe_impossible", provider=provider.name)
        return Failure(error_class=ErrorClass.UNKNOWN, message=f"its adapter is broken: {type(error).__name__}")
    return None


def _success_detail(circuit: Circuit, finding: str) -> str:
    if circuit.state is CircuitState.CLOSED:
        return finding
    return f"{finding}, but its circuit is {circuit.state} ({circuit.reason})"


async def probe_by_completion(name: str, *, by: str, leased: bool, failures_count: bool = True) -> ProbeResult | None:
    """The billed probe. None when `leased` and another worker holds the lease."""
    options = replace(TEST_OPTIONS, leased=leased, failures_count=failures_count, by=by)
    caller = Caller(origin="probe", consumer=by)
    result = await _test_one(name, None, caller, options=options, tokens=PROBE_TOKENS)
    if result is None:
        return None
    circuit = circuit_store.peek().get(name, Circuit())
    detail = result.failure.message if result.failure else _success_detail(circuit, "answered")
    return result_of(
        name, circuit, ok=result.ok, live=True, latency_ms=result.latency_ms, detail=detail, failure=result.failure
    )


def result_of(
    name: str,
    circuit: Circuit,
    *,
    ok: bool,
    live: bool,
    detail: str,
    latency_ms: float | None = None,
    failure: Failure | None = None,
) -> ProbeResult:
    """A probe's result, with state and retry time from `circuit`, the circuit after the probe."""
    return ProbeResult(
        provider=name,
        ok=ok,
        live=live,
        latency_ms=latency_ms,
        state=str(circuit.state),
        detail=detail,
        failure=failure,
        retry_at=retry_at(circuit, clock.now()),
    )


async def test(name: str | None, *, prompt: str | None, caller: Caller) -> tuple[TestResult, ...]:
    """Makes a small real call to one provider, or to all at once that the caller's key may ask.

    Circuits are passed by, and the calls are recorded. Raises UnknownProvider.
    """
    names = [name] if name is not None else allowed_names(await config_store.current(), caller.rights)
    results = await asyncio.gather(*(_test_one(each, prompt, caller) for each in names))
    return tuple(result for result in results if result is not None)


async def _test_one(
    name: str, prompt: str | None, caller: Caller, *, options: CallOptions = TEST_OPTIONS, tokens: int = TEST_TOKENS
) -> TestResult | None:
    """None when it would take the lease, and another worker holds it."""
    request = ChatRequest(messages=(message(Role.USER, prompt or TEST_PROMPT),), max_tokens=tokens)
    started = clock.monotonic()
    try:
        answer = await complete(request, caller=caller, options=replace(options, only=name))
    except CallError as error:
        if any(skip.reason is SkipReason.TRIAL_TAKEN for skip in error.trail.skips):
            return None
        last = error.trail.attempts[-1] if error.trail.attempts else None
        skip_detail = error.trail.skips[-1].detail if error.trail.skips else "not asked"
        failure = last.failure if last else Failure(error_class=ErrorClass.AUTH, message=skip_detail)
        latency_ms = round(1000 * last.duration_s, 1) if last else None
        model = last.model if last else ""
        return TestResult(
            provider=name, ok=False, latency_ms=latency_ms, model=model, text="", usage=None, failure=failure
        )
    return TestResult(
        provider=name,
        ok=True,
        latency_ms=round(1000 * (clock.monotonic() - started), 1),
        model=answer.completion.model,
        text=answer.completion.text,
        usage=answer.completion.usage,
        failure=None,
    )


def probe_sync(name: str, *, live: bool = False, by: str = "probe", failures_count: bool = True) -> ProbeResult:
    """`probe` for threads without a running event loop."""
    return portal.run(lambda: probe(name, live=live, by=by, failures_count=failures_count))


def reset(names: Sequence[str] | None, *, by: str) -> tuple[str, ...]:
    """Closes the circuits of `names`, or of all providers; returns their names. Raises UnknownProvider."""
    config = config_store.current_sync()
    chosen = list(config.providers) if names is None else list(names)
    for name in chosen:
        if name not in config.providers:
            raise UnknownProvider(name, config.providers)
    for name in chosen:
        circuit_store.change_now(name, lambda circuit: reset_circuit(circuit, datetime.now(UTC)), by=by)
    log.info("circuits_reset", providers=chosen, by=by)
    return tuple(chosen)


__all__ = ["ProbeResult", "TestResult", "probe", "probe_sync", "reset", "test"]
