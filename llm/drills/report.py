"""What a drill brought: for each scene the answers that callers got, the calls that each vendor saw and how the
circuits stood; and which expectations held."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

VENDORS = ("claude", "gemini", "openai")


class Ending(StrEnum):
    """What a caller got."""

    ANSWERED = "answered"
    STATIC = "static"
    REJECTED = "rejected"
    CUT = "cut"
    """Of a stream: content, and then an error in place of its end."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One request as its caller saw it. `provider` is "" when nobody answered."""

    ending: Ending
    provider: str
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Completions that each vendor saw, plain and streamed, whatever became of them."""

    claude: int = 0
    gemini: int = 0
    openai: int = 0

    def of(self, vendor: str) -> int:
        return {"claude": self.claude, "gemini": self.gemini, "openai": self.openai}[vendor]

    def since(self, before: "Calls") -> "Calls":
        return Calls(
            claude=self.claude - before.claude, gemini=self.gemini - before.gemini, openai=self.openai - before.openai
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A circuit after a scene. `retry_in_s`: seconds until its provider may be asked again, None when it may be now."""

    provider: str
    state: str
    reason: str
    retry_in_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`calls` are those of this scene alone."""

    name: str
    got: tuple[Got, ...]
    calls: Calls
    standings: tuple[Standing, ...]

    @property
    def counted(self) -> Counter[str]:
        """Requests by who answered them, or by how they ended."""
        return Counter(got.provider or str(got.ending) for got in self.got)

    @property
    def answers(self) -> str:
        """ "18 gemini, 2 static"."""
        return ", ".join(f"{count} {who}" for who, count in self.counted.most_common())

    @property
    def slowest_s(self) -> float:
        return max((got.elapsed_s for got in self.got), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`otherwise` is "" when the expectation held, else what was seen instead."""

    says: str
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One drill as it went. `skipped` says why it was not played."""

    name: str
    title: str
    scenes: tuple[Scene, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    elapsed_s: float = 0.0
    skipped: str = ""

    @property
    def held(self) -> bool:
        return not any(verdict.otherwise for verdict in self.verdicts)

    @property
    def broken(self) -> str:
        """The expectations that did not hold, a line each."""
        return "\n".join(f"{v.says}: {v.otherwise}" for v in self.verdicts if v.otherwise)

    def scene(self, name: str) -> Scene:
        """Raises KeyError."""
        for scene in self.scenes:
            if scene.name == name:
                return scene
        raise KeyError(f"the drill {self.name} has no scene {name!r}")
