"""What a drill is made of: acts that are played in order, and expectations of what then was seen. Values only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from llm.drills.report import VENDORS, Report
from llm.simulator import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The vendor shows these faults from now on, in place of those before: the first that is not spent strikes."""

    vendor: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakDated:
    """The same with a fault whose words name a time: `fault` makes it from the moment of the act (UTC)."""

    vendor: str
    fault: Callable[[datetime], Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heal:
    """The vendors are well again."""

    vendors: tuple[str, ...] = VENDORS


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOnly:
    """The vendor takes this key and no other."""

    vendor: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveKey:
    """An operator stores this key for the provider; it is taken back when the drill is over."""

    provider: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The unbilled probe of these providers, as an operator asks for it."""

    providers: tuple[str, ...] = VENDORS


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """The drill's own Redis goes away, or comes back empty."""

    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """So long the worker looks who is to be probed, as it does all the time in production."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A scene: `times` requests from each of `workers`, a new one every `every_s` seconds or as the last one ends.

    One worker asks from this process; several are processes of their own on the same database.
    `deadline_s` None is the route's.
    """

    scene: str
    times: int = 1
    every_s: float = 0.0
    workers: int = 1
    stream: bool = False
    deadline_s: float | None = None


VendorAct = Break | BreakDated | Heal | AcceptOnly
OperatorAct = GiveKey | Probe | Redis | Wait | Work
Act = VendorAct | OperatorAct | Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A promise in words, and its check: "" when it holds, else what was seen instead."""

    says: str
    otherwise: Callable[[Report], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """`slow` drills take a minute and more, and stay out of the test suite."""

    name: str
    title: str
    acts: tuple[Act, ...]
    expects: tuple[Expectation, ...]
    slow: bool = False

    @property
    def needs_redis(self) -> bool:
        return any(isinstance(act, Redis) for act in self.acts)

    @property
    def needs_processes(self) -> bool:
        return any(isinstance(act, Ask) and act.workers > 1 for act in self.acts)
