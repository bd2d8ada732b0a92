"""The values that pass between the flow of `CircuitStore` and its backends."""

from dataclasses import dataclass, fields
from operator import attrgetter

from llm.core.circuit.state import Circuit


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    """A circuit as a backend holds it; each write raises `version` by one."""

    circuit: Circuit
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitChange:
    """A circuit before and after one change; `by` is the cause."""

    provider: str
    before: Circuit
    after: Circuit
    by: str

    @property
    def does_more_than_count(self) -> bool:
        return not same_but_for_counts(self.before, self.after)

    @property
    def is_visible(self) -> bool:
        """Whether the circuit has another state now, or is throttled anew."""
        old, new = self.before, self.after
        return (old.generation, old.throttled_until) != (new.generation, new.throttled_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A compare-and-set: `transitions` led from version `expected` (0: none stored) to `circuit`.

    The pair of `writer` and `number` stays the same when a write is sent again.
    """

    provider: str
    expected: int
    circuit: Circuit
    transitions: tuple[CircuitChange, ...]
    writer: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`done` tells whether this write is in the store, `stored` what the store now has (None: nothing)."""

    done: bool
    stored: Versioned | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitNotice:
    """Another worker's write."""

    provider: str
    record: Versioned


class Contended(Exception):
    """Too many workers write one circuit at once; the change stays pending."""


_beside_counts = attrgetter(*(field.name for field in fields(Circuit) if field.name != "window"))


def same_but_for_counts(left: Circuit, right: Circuit) -> bool:
    """Whether both are equal, but for their windows."""
    return left is right or bool(_beside_counts(left) == _beside_counts(right))
