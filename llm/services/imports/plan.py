"""What an import would make, and what it leaves. Plain values; no secret is ever shown."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from llm.core.chat.request import Capability

HIDDEN = "(a key in the file)"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """Where a key comes from: an environment variable, or the file itself. Both empty: it must be set by hand."""

    variable: str = ""
    literal: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        return self.variable or (HIDDEN if self.literal else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProvider:
    """A provider to be made. `vendor` is its row in the catalogue. Prices are USD a million tokens."""

    name: str
    kind: str
    vendor: str
    model: str
    base_url: str
    key: KeySource = KeySource()
    needs_key: bool = True
    max_tokens: int | None = None
    attempt_timeout_s: float | None = None
    context_window: int | None = None
    lacks: frozenset[Capability] = frozenset()
    input_usd: Decimal | None = None
    output_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMember:
    provider: str
    priority: int = 100
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRoute:
    name: str
    members: tuple[PlannedMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A field of the file, by its path, and what becomes of it."""

    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A field of the file that has no counterpart here, and why, in a sentence."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """The whole: what would be made, and the account of every field that was read."""

    format: str
    providers: tuple[PlannedProvider, ...]
    routes: tuple[PlannedRoute, ...]
    mapped: tuple[Mapped, ...]
    left: tuple[Left, ...]

    @property
    def share(self) -> float:
        """How much of the fields was mapped, from 0 to 1."""
        return len(self.mapped) / max(1, len(self.mapped) + len(self.left))

    def shown(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": self.format,
            "providers": [
                {
                    "name": one.name,
                    "vendor": one.vendor,
                    "kind": one.kind,
                    "model": one.model,
                    "base_url": one.base_url,
                    "key_from": one.key.shown or None,
                }
                for one in self.providers
            ],
            "routes": [
                {
                    "name": route.name,
                    "members": [
                        {"provider": member.provider, "priority": member.priority, "weight": member.weight}
                        for member in route.members
                    ],
                }
                for route in self.routes
            ],
            "mapped": [{"path": one.path, "to": one.to} for one in self.mapped],
            "left": [{"path": one.path, "why": one.why} for one in self.left],
            "share": round(self.share, 3),
        }


@dataclass(slots=True)
class Account:
    """Collects what becomes of each field while a file is read."""

    mapped: list[Mapped] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def map(self, path: str, to: str) -> None:
        self.mapped.append(Mapped(path=path, to=to))

    def leave(self, path: str, why: str) -> None:
        self.left.append(Left(path=path, why=why))
