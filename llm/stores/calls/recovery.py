"""Writes the calls of dead processes from their journals to the database. Skips the journals of live ones.

A finished call keeps its record. A running one becomes "interrupted", with the attempts it had begun:
the vendors may have billed them.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from llm.core.calls import Attempt, CallInfo, CallRecord, CallStatus, Outcome, Trail
from llm.models import Call
from llm.stores.calls import rejected
from llm.stores.calls import rows as call_rows
from llm.stores.calls.codec import decode

log = structlog.get_logger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Numbers of recovered calls: finished ones, and ones interrupted by the process's death."""

    finished: int = 0
    interrupted: int = 0

    def __add__(self, other: "Recovered") -> "Recovered":
        return Recovered(finished=self.finished + other.finished, interrupted=self.interrupted + other.interrupted)


@dataclass(slots=True, kw_only=True)
class _Begun:
    call: CallInfo
    attempts: dict[int, Attempt] = field(default_factory=dict)

    def record(self) -> CallRecord:
        attempts = (replace(attempt, outcome=Outcome.INTERRUPTED) for _, attempt in sorted(self.attempts.items()))
        return CallRecord(call=self.call, status=CallStatus.INTERRUPTED, trail=Trail(attempts=tuple(attempts)))


def recover(directory: Path) -> Recovered:
    """Recovers every orphan in `directory`. Raises the errors of the database's driver."""
    return sum(steps(directory), Recovered())


def steps(directory: Path) -> Iterator[Recovered]:
    """Recovers one batch a step, so that the caller can do other work between steps.

    When the driver raises, the orphan stays on disk; recovering it again changes nothing.
    """
    for path in sorted(directory.glob("*.jsonl")):
        if path.name == rejected.FILE_NAME:
            continue
        with _locked(path) as locked:
            if not locked:
                continue
            total = Recovered()
            for batch in _replay(path):
                total += batch
                yield batch
            _delete(path)
            if total != Recovered():
                log.warning("calls_recovered", finished=total.finished, interrupted=total.interrupted)


def _not_stored(records: list[CallRecord]) -> list[CallRecord]:
    """Drops the records that the database has: the stored ones say more than "interrupted"."""
    ids = [record.call.id for record in records]
    stored = {str(pk) for pk in Call.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    return [record for record in records if record.call.id not in stored]


def _store(records: list[CallRecord], directory: Path) -> None:
    call_rows.store(records, lambda record, error: rejected.set_aside(directory, record, error))


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("journal_not_deletable", file=path.name, error=type(error).__name__)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Locks the journal for the block. False when its owner lives or another process recovers it."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.error("journal_not_readable", file=path.name, error=type(error).__name__)
        yield False
        return
    try:
        yield _lock(fd, path)
    finally:
        os.close(fd)


def _lock(fd: int, path: Path) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.stat(path).st_ino == os.fstat(fd).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _replay(path: Path) -> Iterator[Recovered]:
    begun: dict[str, _Begun] = {}
    written: set[str] = set()
    for line in _lines(path):
        if line["t"] == "written":
            written.update(line["ids"])
        elif line["t"] == "begin":
            _add_attempt(line, begun, path.parent)
    # The finished records may be many and long: a second reading saves the memory for them.
    finished = _finished(path, written, begun)
    while batch := list(islice(finished, BATCH)):
        _store(batch, path.parent)
        yield Recovered(finished=len(batch))
    interrupted = [call.record() for call_id, call in begun.items() if call_id not in written]
    for start in range(0, len(interrupted), BATCH):
        batch = _not_stored(interrupted[start : start + BATCH])
        _store(batch, path.parent)
        yield Recovered(interrupted=len(batch))


def _add_attempt(line: dict[str, Any], begun: dict[str, _Begun], directory: Path) -> None:
    try:
        call, attempt = decode(CallInfo, line["call"]), decode(Attempt, line["attempt"])
    except (ValueError, KeyError) as error:
        rejected.set_line_aside(directory, line, error)
        return
    begun.setdefault(call.id, _Begun(call=call)).attempts[attempt.seq] = attempt


def _finished(path: Path, written: set[str], begun: dict[str, _Begun]) -> Iterator[CallRecord]:
    """Yields the finished calls that the database may lack. Removes finished calls from `begun`."""
    for line in _lines(path):
        if line["t"] != "done":
            continue
        try:
            record = decode(CallRecord, line["record"])
        except (ValueError, KeyError) as error:
            rejected.set_line_aside(path.parent, line, error)
            continue
        begun.pop(record.call.id, None)
        if record.call.id not in written:
            yield record


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the complete lines of a journal. Skips a line cut off by the end of the process."""
    with path.open("rb") as file:
        for raw in file:
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if isinstance(line, dict) and "t" in line:
                yield line
