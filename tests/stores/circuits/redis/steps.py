"""The changes of circuits that the tests make, and how they wait for what becomes of them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from llm.core.circuit.state import DEFAULT_POLICY, Circuit, CircuitPolicy, begin_trial
from llm.core.circuit.transitions import Observation, observe
from llm.core.circuit.window import totals
from llm.core.failures.policy import ErrorClass, Failure
from llm.stores.circuits.redis import RedisCircuitStore

Step = Callable[[Circuit], Circuit]


def success(generation: int = 0, *, at: datetime | None = None) -> Step:
    seen = Observation(at=at or datetime.now(UTC), generation=generation)
    return lambda circuit: observe(circuit, seen)


def fault(generation: int = 0) -> Step:
    failure = Failure(error_class=ErrorClass.SERVER_ERROR, message="broken", http_status=500)
    seen = Observation(at=datetime.now(UTC), generation=generation, failure=failure)
    return lambda circuit: observe(circuit, seen)


def no_credit(generation: int = 0) -> Step:
    failure = Failure(error_class=ErrorClass.CREDIT_EXHAUSTED, message="empty", http_status=400)
    seen = Observation(at=datetime.now(UTC), generation=generation, failure=failure)
    return lambda circuit: observe(circuit, seen)


def over(circuit: Circuit) -> Circuit:
    """An open circuit whose time is over."""
    return opened(circuit, until=datetime.now(UTC))


def opened(circuit: Circuit, *, until: datetime) -> Circuit:
    return replace(no_credit(circuit.generation)(circuit), until=until)


def trial(holder: str, policy: CircuitPolicy = DEFAULT_POLICY) -> Step:
    return lambda circuit: begin_trial(circuit, holder, datetime.now(UTC), policy)


def read(store: RedisCircuitStore) -> dict[str, Circuit]:
    return asyncio.run(store.read())


def change(store: RedisCircuitStore, step: Step, provider: str = "claude", *, by: str = "gateway") -> Circuit:
    return asyncio.run(store.change(provider, step, by=by))


def counts(store: RedisCircuitStore, provider: str = "claude") -> tuple[int, int, int]:
    """(ok, faults, others), as the store knows them now."""
    return totals(store.peek().get(provider, Circuit()).window, time.time())
