"""The shapes that the gateway needs from the world: adapters, clock, circuits, capacities, call log.

Only Protocols and the values that cross them.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from llm.core.calls import Attempt, CallInfo, CallRecord
from llm.core.capacity import snapshot
from llm.core.capacity.sample import Flight, Sample
from llm.core.chat.refused import Refused
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion, StreamEvent
from llm.core.circuit.state import Circuit
from llm.core.forecast.ledger import VendorBalance


class ProviderAdapter(Protocol):
    """One vendor account, ready to be asked. Raises `ProviderError` and nothing else of its own.

    It never retries, sleeps or reads settings. Cancellation closes the connection to the vendor. `refused` is what the
    vendor is known to refuse: the request is mended beforehand. What it refuses anew stands in completion or failure.
    `by_sdk`: the vendor's own SDK carries the call, whatever the settings say.
    """

    async def complete(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> Completion: ...

    def stream(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> AsyncGenerator[StreamEvent]:
        """Events as they come; the last one is `Done`. An end without the vendor's end marker is
        a `ProviderError` (bad_response)."""
        ...

    async def list_models(self, *, timeout_s: float) -> tuple[str, ...]:
        """The model ids that the account can use: the unbilled sign of life."""
        ...

    async def balance(self, *, timeout_s: float) -> VendorBalance | None:
        """The account's balance; None when the vendor tells none."""
        ...

    async def describe(self) -> None:
        """Makes ready what the first call would else wait for. Nothing reaches the network."""
        ...

    async def close(self) -> None: ...


class Clock(Protocol):
    """Two clocks and a source of chance: wall time for what is shared, monotonic for durations."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def random(self) -> float:
        """A number in [0, 1)."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Circuits(Protocol):
    """The circuits of all providers, shared among workers. It never waits without a bound."""

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        """Every known circuit, at most one second old; with `fresh` read from the store now."""
        ...

    async def change(self, provider: str, step: Callable[[Circuit], Circuit], *, by: str = "gateway") -> Circuit:
        """Applies the pure `step` under compare-and-set and answers what now holds.

        `step` may run more than once. When it changes nothing but the window's counts, they are
        written later, with others. `by` names the cause in the event row of a transition.
        Cancelling the wait does not stop the change.
        """
        ...


class Capacities(Protocol):
    """What each provider can take now, shared among workers. In memory: it never waits."""

    def begin(self, provider: str, *, input_tokens: int, max_tokens: int) -> Flight:
        """Notes that a request is about to be sent. Tokens: an estimate of the input, the most that the answer has."""
        ...

    def end(self, provider: str, flight: Flight, sample: Sample) -> None:
        """Learns from its end. Each `begin` has one."""
        ...

    def read(self) -> snapshot.Capacities:
        """The capacity of every provider that is known."""
        ...


class CallLog(Protocol):
    """Where calls are recorded."""

    async def begin(self, call: CallInfo, attempt: Attempt, earlier: Sequence[Attempt] = ()) -> None:
        """Notes, before the vendor is asked, that it will be: survives a killed process. Waits only for a failing disk.

        `earlier` are the attempts of the call that have ended.
        """
        ...

    def write(self, record: CallRecord) -> Awaitable[bool]:
        """Takes the finished record. Awaiting it returns, after a bounded wait, whether the database has it."""
        ...
