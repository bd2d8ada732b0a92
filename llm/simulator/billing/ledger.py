"""The served usage of one account, and faults of its reports that can be switched on. Safe to use from any thread."""

import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from llm.simulator.model.chat import SimulatedReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One billed answer. No kind of tokens contains another."""

    at: datetime
    key_id: str
    model: str
    tier: str = ""
    input: int = 0
    cached: int = 0
    output: int = 0


class Distortion(StrEnum):
    """A fault of a report."""

    MISSING = "missing"
    """Every nth answer is not reported."""
    FOREIGN = "foreign"
    """Somebody else's answers are reported too, by another key, in the hour after our last answer."""
    WRONG_TIER = "wrong_tier"
    """Every nth answer is reported at another tier."""
    CACHE_DRIFT = "cache_drift"
    """Of every nth answer, tokens read from the cache are reported as plain ones."""
    PRICE_CHANGE = "price_change"
    """Output costs `factor` times its price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A distortion with its size. `every`: which answers it meets; `calls`: foreign answers."""

    name: Distortion
    every: int = 4
    tier: str = "priority"
    factor: float = 1.25
    calls: int = 5

    def __post_init__(self) -> None:
        if self.every < 1 or self.calls < 1 or not 0 < self.factor < 1000:
            raise ValueError("every and calls must be 1 or more, factor from 0 to 1000")


class Ledger:
    """All answers that an account has billed since it was made or emptied."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: list[Served] = []
        self._faults: tuple[Fault, ...] = ()
        self.page_size = 1000
        """The most buckets of one page of a report, whatever is asked for."""

    def bill(self, *, key: str, model: str, reply: SimulatedReply) -> None:
        served = Served(
            at=datetime.now(UTC),
            key_id=key_id(key),
            model=model,
            input=reply.input_tokens - reply.cached_tokens,
            cached=reply.cached_tokens,
            output=reply.output_tokens + reply.thinking_tokens,
        )
        self.add([served])

    def add(self, served: Iterable[Served]) -> None:
        with self._lock:
            self._served += served

    def move(self, distance: timedelta) -> None:
        """Moves all answers in time, since reports are asked for of days that are over."""
        with self._lock:
            self._served = [replace(each, at=each.at + distance) for each in self._served]

    def distort(self, faults: Iterable[Fault]) -> None:
        """In place of those before; none mends the reports."""
        self._faults = tuple(faults)

    def clear(self) -> None:
        with self._lock:
            self._served = []
        self._faults, self.page_size = (), 1000

    def served(self) -> tuple[Served, ...]:
        with self._lock:
            return tuple(self._served)

    def reported(self) -> tuple[Served, ...]:
        """What the reports show: the answers, distorted."""
        rows = self.served()
        for fault in self._faults:
            rows = tuple(_distorted(rows, fault))
        return rows

    @property
    def output_factor(self) -> float:
        return next((fault.factor for fault in self._faults if fault.name is Distortion.PRICE_CHANGE), 1.0)


def key_id(key: str) -> str:
    """The vendor's id of a key, which says nothing of the key."""
    return f"apikey_{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _distorted(rows: tuple[Served, ...], fault: Fault) -> Iterator[Served]:
    for number, row in enumerate(rows):
        met = number % fault.every == 0
        if fault.name is Distortion.MISSING and met:
            continue
        if fault.name is Distortion.WRONG_TIER and met:
            yield replace(row, tier=fault.tier)
        elif fault.name is Distortion.CACHE_DRIFT and met:
            yield replace(row, input=row.input + row.cached, cached=0)
        else:
            yield row
    if fault.name is Distortion.FOREIGN and rows:
        last = rows[-1]
        stranger = replace(last, key_id=key_id("a stranger's"), at=last.at + timedelta(hours=1))
        yield from [stranger] * fault.calls
