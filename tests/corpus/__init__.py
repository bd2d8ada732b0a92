"""The corpus of vendors' error answers, and a loader for it. README.md beside this file explains the fields."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llm.core.failures.policy import ErrorClass
from llm.core.failures.signal import Signal, Transport

_SEEN = Path(__file__).with_name("vendor_errors.jsonl")
_DOCUMENTED = Path(__file__).with_name("documented_errors.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the corpus. `alt` are classes that are defensible beside `expected`."""

    id: str
    vendor: str
    signal: Signal
    expected: ErrorClass
    alt: tuple[ErrorClass, ...]
    retry_same: bool
    failover: bool
    provider_fault: bool
    note: str

    @property
    def accepted(self) -> tuple[ErrorClass, ...]:
        return (self.expected, *self.alt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """One answer written after a vendor's error page or a public issue, named in `source`."""

    id: str
    signal: Signal
    expected: ErrorClass
    source: str


@cache
def cases() -> tuple[Case, ...]:
    """The answers that were seen, in the order of the file."""
    return tuple(_case(row) for row in _rows(_SEEN))


@cache
def documented() -> tuple[Documented, ...]:
    """The answers that vendors document, beside those that were seen."""
    return tuple(
        Documented(
            id=row["id"],
            signal=_signal(row),
            expected=ErrorClass(row["expected"]),
            source=row["source"],
        )
        for row in _rows(_DOCUMENTED)
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _case(row: dict[str, Any]) -> Case:
    return Case(
        id=row["id"],
        vendor=row["vendor"],
        signal=_signal(row),
        expected=ErrorClass(row["expected"]),
        alt=tuple(ErrorClass(name) for name in row.get("alt", ())),
        retry_same=row["retry_same"],
        failover=row["failover"],
        provider_fault=row["provider_fault"],
        note=row["note"],
    )


def _signal(row: dict[str, Any]) -> Signal:
    return Signal(
        status=row["status"],
        headers=row["headers"],
        body=row["body"],
        transport=Transport(row["transport"]) if row.get("transport") else None,
        streaming=row["streaming"],
    )
