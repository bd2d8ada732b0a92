"""The calls that are running now on this host, as the processes' journals tell. Reads files, no database.

A call is in a journal from its first attempt on. The journals of other hosts are not seen.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from llm.stores.calls import rejected

LARGEST_BYTES = 8_000_000
"""The end of a larger journal is read: one grows so only while the database is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCall:
    """A call with an attempt that has begun and no record yet. `provider`: the one that is being asked."""

    id: str
    request_id: str
    route: str
    consumer: str
    provider: str
    attempts: int
    started_at: datetime


def running_calls(directory: Path) -> list[RunningCall]:
    """The running calls, the longest first. A journal that cannot be read counts as empty."""
    begun: dict[str, list[dict[str, Any]]] = {}
    for path in directory.glob("*.jsonl"):
        if path.name != rejected.FILE_NAME:
            _read(path, begun)
    return sorted((_call(lines) for lines in begun.values()), key=lambda call: call.started_at)


def _read(path: Path, begun: dict[str, list[dict[str, Any]]]) -> None:
    for line in _lines(path):
        try:
            entry = json.loads(line)
            if entry["t"] == "begin":
                begun.setdefault(entry["call"]["id"], []).append(entry)
            elif entry["t"] == "done":
                begun.pop(entry["record"]["call"]["id"], None)
            elif entry["t"] == "written":  # a record that the journal could not take, and the database did
                for call_id in entry["ids"]:
                    begun.pop(call_id, None)
        except (ValueError, KeyError, TypeError):  # torn by a full disk, or cut off where the reading began
            continue


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LARGEST_BYTES))
            yield from file
    except OSError:
        return


def _call(lines: list[dict[str, Any]]) -> RunningCall:
    call, attempt = lines[-1]["call"], lines[-1]["attempt"]
    return RunningCall(
        id=call["id"],
        request_id=call["request_id"],
        route=call["route"],
        consumer=call["caller"].get("consumer", ""),
        provider=attempt["provider"],
        attempts=len(lines),
        started_at=datetime.fromisoformat(call["started_at"]),
    )
