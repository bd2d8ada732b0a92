"""Which other providers a failure concerns: those that share its account, project or upstream.

An account that is out of credit, or closed, is so for each of its keys. A limit is shared by the keys of an account
that ask the same model, and by all that lead to one upstream.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from llm.core.circuit.state import Circuit
from llm.core.circuit.transitions import Observation, observe
from llm.core.failures.policy import CircuitEffect, ErrorClass, Failure
from llm.core.failures.scope import Scope, reach_of
from llm.core.routing.plan import Candidate


def companions(failed: Candidate, failure: Failure, others: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The providers that the failure of `failed` concerns too."""
    reach = reach_of(failure, failed.kind)
    is_throttle = failure.error_class is ErrorClass.RATE_LIMITED

    def concerns(other: Candidate) -> bool:
        if other.name == failed.name:
            return False
        if is_throttle and failed.fate.upstream and other.fate.upstream == failed.fate.upstream:
            return True
        if reach.one_model and other.model != failed.model:
            return False
        match reach.scope:
            case Scope.ACCOUNT:
                return bool(failed.fate.account) and other.fate.account == failed.fate.account
            case Scope.PROJECT:
                return bool(failed.fate.project) and _project(other) == _project(failed)
        return False

    return tuple(other for other in others if concerns(other))


def _project(candidate: Candidate) -> tuple[str, str]:
    """Projects are named within their account."""
    return candidate.fate.account, candidate.fate.project


def parked(
    circuit: Circuit, failure: Failure, *, by: str, account: str, until: datetime | None, at: datetime, jitter: float
) -> Circuit:
    """The circuit of a companion after a failure of the provider `by`: it shares the fate, and counts no call.

    `account`: the companion's digest of key, address and model. `until`: the end of the failed one's throttling.
    """
    match failure.policy.effect:
        case CircuitEffect.THROTTLE if until is not None:
            return replace(circuit, throttled_until=max(until, circuit.throttled_until or until))
        case CircuitEffect.BLOCK if circuit.reason is not failure.error_class:
            told = replace(failure, message=f"{by}: {failure.message}")
            observation = Observation(
                at=at, generation=circuit.generation, failure=told, jitter=jitter, account=account
            )
            after = observe(circuit, observation)
            return replace(after, window=circuit.window, failures=circuit.failures)
    return circuit
