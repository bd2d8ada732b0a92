"""The values of a drill: acts, played in order, and expectations, checked on the report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from llm.drills.report import VENDORS, DrillReport, Promise
from llm.simulator import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFaults:
    """The vendor shows these faults from now on, in place of earlier ones: the first that is not used up applies."""

    vendor: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDatedFault:
    """The vendor shows a fault whose text contains a time: `fault` builds it from the time of the act (UTC)."""

    vendor: str
    fault: Callable[[datetime], Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal:
    """The vendors have no faults from now on."""

    vendors: tuple[str, ...] = VENDORS


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOnly:
    """The vendor accepts this key only."""

    vendor: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKey:
    """An operator stores this key for the provider; the runner restores the earlier one after the drill."""

    provider: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An operator's unbilled probe of these providers."""

    providers: tuple[str, ...] = VENDORS


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRedis:
    """The drill's Redis is killed, or starts again empty."""

    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProbes:
    """Runs the worker's probe job for this time, as the worker does all the time in production."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequests:
    """A scene: `times` requests from each of `workers`, one every `every_s` seconds or when the last one ends.

    One worker sends from this process; several are processes of their own on the same database.
    Without `deadline_s` the route's applies.
    """

    scene: str
    times: int = 1
    every_s: float = 0.0
    workers: int = 1
    stream: bool = False
    deadline_s: float | None = None


VendorAct = SetFaults | SetDatedFault | Heal | AcceptOnly
OperatorAct = StoreKey | Probe | SwitchRedis | Wait | RunProbes
Act = VendorAct | OperatorAct | SendRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A promise, and its check: it returns "" when the promise is kept, else what was observed."""

    promise: Promise
    check: Callable[[DrillReport], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """`slow` drills take a minute or more; the test suite leaves them out."""

    name: str
    title: str
    acts: tuple[Act, ...]
    expects: tuple[Expectation, ...]
    slow: bool = False

    @property
    def needs_redis(self) -> bool:
        return any(isinstance(act, SwitchRedis) for act in self.acts)

    @property
    def needs_processes(self) -> bool:
        return any(isinstance(act, SendRequests) and act.workers > 1 for act in self.acts)
