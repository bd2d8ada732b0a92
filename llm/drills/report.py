"""The result of a drill: for each scene the clients' results, the calls per vendor and the circuits after it;
and the checked expectations."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VENDORS = ("claude", "gemini", "openai")


class Ending(StrEnum):
    """How a request ended for its client."""

    ANSWERED = "answered"
    STATIC = "static"
    REJECTED = "rejected"
    CUT = "cut"
    """A stream with content that ended with an error."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientResult:
    """One request as its client saw it. `provider` is "" without an answer."""

    ending: Ending
    provider: str
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCalls:
    """Completions that each vendor received, plain and streamed, failed ones included."""

    claude: int = 0
    gemini: int = 0
    openai: int = 0

    def of(self, vendor: str) -> int:
        return {"claude": self.claude, "gemini": self.gemini, "openai": self.openai}[vendor]

    def since(self, before: "VendorCalls") -> "VendorCalls":
        return VendorCalls(
            claude=self.claude - before.claude, gemini=self.gemini - before.gemini, openai=self.openai - before.openai
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitSnapshot:
    """A circuit after a scene. `retry_in_s`: seconds until its provider gets calls again; None when it does now."""

    provider: str
    state: str
    reason: str
    retry_in_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`calls` are those of this scene alone."""

    name: str
    results: tuple[ClientResult, ...]
    calls: VendorCalls
    circuits: tuple[CircuitSnapshot, ...]

    @property
    def counted(self) -> Counter[str]:
        """Requests per provider that answered, or per ending without an answer."""
        return Counter(result.provider or str(result.ending) for result in self.results)

    @property
    def answers(self) -> str:
        """ "18 gemini, 2 static"."""
        return ", ".join(f"{count} {name}" for name, count in self.counted.most_common())

    @property
    def slowest_s(self) -> float:
        return max((result.elapsed_s for result in self.results), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised of a scene: `words` with names of `values` in it, so that a page can say it in its language."""

    scene: str
    words: str
    values: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """In English, with its scene."""
        return f"{self.scene}: {self.words % self.values}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExpectation:
    """`observed` is "" when the promise was kept, else what was observed in its place."""

    promise: Promise
    observed: str

    @property
    def sentence(self) -> str:
        return self.promise.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """The result of one drill. `skipped` says why it was not played."""

    name: str
    title: str
    scenes: tuple[Scene, ...] = ()
    expectations: tuple[CheckedExpectation, ...] = ()
    elapsed_s: float = 0.0
    skipped: str = ""

    @property
    def passed(self) -> bool:
        return not any(expectation.observed for expectation in self.expectations)

    @property
    def failures(self) -> str:
        """The promises that were not kept, a line each."""
        return "\n".join(f"{e.sentence}: {e.observed}" for e in self.expectations if e.observed)

    def scene(self, name: str) -> Scene:
        """Raises KeyError."""
        for scene in self.scenes:
            if scene.name == name:
                return scene
        raise KeyError(f"the drill {self.name} has no scene {name!r}")
