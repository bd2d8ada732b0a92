"""Parks the providers that share the fate of one that failed, so that no call has to find out for each of them."""

import asyncio
from collections.abc import Iterable
from functools import partial

from llm.core.circuit.state import Circuit
from llm.core.failures.policy import Failure
from llm.core.routing.fate import companions, parked
from llm.core.routing.plan import Candidate
from llm.gateway.ports import Circuits, Clock


async def share_fate(
    failed: Candidate,
    failure: Failure,
    circuit: Circuit,
    *,
    others: Iterable[Candidate],
    circuits: Circuits,
    clock: Clock,
    by: str,
) -> None:
    """Parks those of `others` that the failure concerns. `circuit` is the failed provider's, after it; `by` the cause
    in the events of circuits."""
    concerned = companions(failed, failure, others)
    if concerned:
        share = partial(
            parked,
            failure=failure,
            by=failed.name,
            until=circuit.throttled_until,
            at=clock.now(),
            jitter=clock.random(),
        )
        steps = ((one.name, partial(share, account=one.account)) for one in concerned)
        await asyncio.gather(*(circuits.change(name, step, by=by) for name, step in steps))
