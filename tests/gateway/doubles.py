"""Hand-written stand-ins for what the router meets: scripted vendors, circuits in memory, a log."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llm.core.calls import Attempt, Caller, CallInfo, CallOptions, CallRecord, Trail
from llm.core.capacity.sample import Flight, Sample
from llm.core.capacity.snapshot import Capacities
from llm.core.chat.refused import Refused
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Completion, Done, Finish, StreamEvent, TextDelta, Usage
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.hedging import Hedge
from llm.core.routing.needs import needs_of
from llm.core.routing.plan import Candidate, Plan, RandomDraws, RoutePolicy, make_plan
from llm.gateway.context import CallContext
from llm.gateway.hedging.purse import HedgePurse
from llm.gateway.ports import ProviderAdapter
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.router import Router, RouterDependencies, RouterEvent, Unanswered
from tests.gateway.virtual_time import LoopClock, in_virtual_time

SILENT_S = 3600.0
QUESTION = ChatRequest(messages=(message(Role.USER, "hello"),), language="en")


def completion(text: str = "well") -> Completion:
    return Completion(text=text, model="m-1", finish=Finish.STOP, usage=Usage(input=3, output=2))


def failure(error_class: ErrorClass, **more: object) -> Failure:
    return Failure(error_class=error_class, message=f"says {error_class}", **more)  # type: ignore[arg-type]


Step = StreamEvent | Failure | float
"""What a vendor does next: an event, a failure, or a pause in seconds."""


@dataclass(frozen=True, slots=True)
class Script:
    """The whole behaviour of a vendor in one call."""

    steps: tuple[Step, ...]


def says(text: str = "well") -> Script:
    return Script((TextDelta(text=text), Done(completion=completion(text))))


def fails(error_class: ErrorClass, **more: object) -> Script:
    return Script((failure(error_class, **more),))


def silent() -> Script:
    return Script((SILENT_S,))


def flows(*steps: Step) -> Script:
    return Script(steps)


class ScriptedAdapter:
    """Plays one script a call; the last one for ever. Fits `ports.ProviderAdapter`."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts) or [says()]
        self.calls = 0
        self.requests: list[ChatRequest] = []
        self.limits: list[float] = []
        self.refused: list[tuple[Refused, ...]] = []
        self.abandoned = 0
        self.by_sdk: list[bool] = []

    async def complete(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> Completion:
        self.requests.append(request)
        self.refused.append(refused)
        self.by_sdk.append(by_sdk)
        async for event in self._play(timeout_s):
            if isinstance(event, Done):
                return event.completion
        raise ProviderError(failure(ErrorClass.BAD_RESPONSE))

    async def stream(
        self, request: ChatRequest, *, timeout_s: float, refused: tuple[Refused, ...] = (), by_sdk: bool = False
    ) -> AsyncGenerator[StreamEvent]:
        self.requests.append(request)
        self.refused.append(refused)
        self.by_sdk.append(by_sdk)
        async for event in self._play(timeout_s):
            yield event

    async def _play(self, timeout_s: float) -> AsyncGenerator[StreamEvent]:
        script = self._scripts[min(self.calls, len(self._scripts) - 1)]
        self.calls += 1
        self.limits.append(timeout_s)
        for step in script.steps:
            if isinstance(step, Failure):
                raise ProviderError(step)
            if isinstance(step, float):
                try:
                    await asyncio.sleep(step)
                except asyncio.CancelledError:
                    self.abandoned += 1
                    raise
            else:
                yield step

    async def list_models(self, *, timeout_s: float) -> tuple[str, ...]:
        return ("m-1",)

    async def close(self) -> None:
        """Nothing is open."""


class MemoryCircuits:
    """Circuits in a dictionary, and the causes of changes. Each change lets other tasks go on, as a database does."""

    def __init__(self, known: Mapping[str, Circuit] | None = None) -> None:
        self.known = dict(known or {})
        self.causes: list[str] = []

    async def read(self, *, fresh: bool = False) -> dict[str, Circuit]:
        await asyncio.sleep(0)
        return dict(self.known)

    async def change(self, provider: str, step: Callable[[Circuit], Circuit], *, by: str = "gateway") -> Circuit:
        self.known[provider] = after = step(self.known.get(provider, Circuit()))
        self.causes.append(by)
        await asyncio.sleep(0)
        return after


@dataclass
class RecordingLog:
    """Keeps what was announced."""

    begun: list[Attempt] = field(default_factory=list)

    async def begin(self, call: CallInfo, attempt: Attempt, earlier: Sequence[Attempt] = ()) -> None:
        self.begun.append(attempt)

    def write(self, record: CallRecord) -> Awaitable[bool]:
        raise AssertionError("the router writes no record")


@dataclass
class RecordingCapacities:
    """Keeps what was begun and what was learned, by provider."""

    begun: list[tuple[str, Flight]] = field(default_factory=list)
    learned: list[tuple[str, Sample]] = field(default_factory=list)
    known: Capacities = field(default_factory=dict)

    def begin(self, provider: str, *, input_tokens: int, max_tokens: int) -> Flight:
        flight = Flight(at=0.0, in_flight=1, input_tokens=input_tokens, max_tokens=max_tokens)
        self.begun.append((provider, flight))
        return flight

    def end(self, provider: str, flight: Flight, sample: Sample) -> None:
        self.learned.append((provider, sample))

    def read(self) -> Capacities:
        return self.known


@dataclass
class Ride:
    """What came of one call."""

    context: CallContext
    events: list[RouterEvent] = field(default_factory=list)
    end: Unanswered | None = None

    @property
    def trail(self) -> Trail:
        return self.context.trail.trail

    @property
    def story(self) -> list[tuple[str, str]]:
        """(provider, how it ended) of the attempts."""
        return [(a.provider, str(a.failure.error_class) if a.failure else str(a.outcome)) for a in self.trail.attempts]

    @property
    def skips(self) -> list[tuple[str, str]]:
        return [(s.provider, s.reason) for s in self.trail.skips]


class Stage:
    """A router among doubles. Providers are asked in the order in which they are given."""

    def __init__(self, circuits: Mapping[str, Circuit] | None = None, **adapters: ScriptedAdapter) -> None:
        self.adapters = adapters
        self.candidates = {
            name: Candidate(name=name, kind="claude", model=f"{name}-1", priority=10 * place, attempt_timeout_s=30.0)
            for place, name in enumerate(adapters, start=1)
        }
        self.clock = LoopClock()
        self.circuits = MemoryCircuits(circuits)
        self.log = RecordingLog()
        self.budget = RetryBudget()
        self.capacities = RecordingCapacities()
        self.purse = HedgePurse()
        self.hedge: Hedge | None = None
        self.route = RoutePolicy()
        self.question = QUESTION
        self.deadline_s = 60.0
        self.adapter_for: Callable[[str], ProviderAdapter] = adapters.__getitem__
        self._calls = 0

    def window(self, **tokens: int | None) -> None:
        """Sets context windows."""
        for name, size in tokens.items():
            self.candidates[name] = replace(self.candidates[name], context_window=size)

    def asked(self) -> dict[str, int]:
        return {name: adapter.calls for name, adapter in self.adapters.items()}

    def plan(self, *, stream: bool = False, options: CallOptions = CallOptions()) -> Plan:
        return make_plan(
            self.candidates,
            self.circuits.known,
            needs_of(self.question, stream=stream),
            route=self.route,
            options=options,
            now=self.clock.now(),
            draws={name: RandomDraws(order=0.5, ramp=0.0) for name in self.candidates},
        )

    def context(
        self, *, stream: bool = False, plan: Plan | None = None, options: CallOptions = CallOptions()
    ) -> CallContext:
        self._calls += 1
        call = CallInfo(
            id=f"call-{self._calls}",
            request_id=f"request-{self._calls}",
            route=self.route.name,
            caller=Caller(),
            stream=stream,
            started_at=self.clock.now(),
        )
        started = self.clock.monotonic()
        return CallContext(
            call=call,
            request=self.question,
            options=options,
            route=self.route,
            started=started,
            deadline=started + self.deadline_s,
            plan=plan or self.plan(stream=stream, options=options),
            hedge=self.hedge,
        )

    async def ride(
        self,
        *,
        stream: bool = False,
        plan: Plan | None = None,
        into: Ride | None = None,
        options: CallOptions = CallOptions(),
    ) -> Ride:
        """One call to its end. `into` lets the test watch it while it is under way."""
        ride = into or Ride(self.context(stream=stream, plan=plan, options=options))
        dependencies = RouterDependencies(
            adapter_for=self.adapter_for,
            circuits=self.circuits,
            log=self.log,
            clock=self.clock,
            budget=self.budget,
            capacities=self.capacities,
            candidates=self.candidates.values,
            purse=self.purse,
        )
        events = Router(dependencies).run(ride.context)
        try:
            async for event in events:
                ride.events.append(event)
        except Unanswered as end:
            ride.end = end
        finally:
            await events.aclose()
        return ride

    def go(self, *, stream: bool = False, plan: Plan | None = None, options: CallOptions = CallOptions()) -> Ride:
        return in_virtual_time(self.ride(stream=stream, plan=plan, options=options))
