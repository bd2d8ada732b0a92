"""The write-ahead file of this process: what has been begun and what has ended, until the database has it.

It survives a killed process, not a power cut: lines go to the kernel with one `write` each and are
never fsynced. Its lock is held for the life of the process, so a file whose lock is free is an
orphan; `llm.stores.calls.recovery` reads those. A full or read-only disk is logged and stops no call.
"""

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog

from llm.core.calls import Attempt, CallInfo, CallRecord
from llm.stores.calls.codec import decode, encode

log = structlog.get_logger(__name__)

TRIM_AT_BYTES = 1_000_000
"""From this size on, what the database has is thrown out of the file."""
REOPEN_EVERY_S = 1.0

Span = tuple[int, int]


class Journal:
    """Append-only, safe for threads. Nothing is opened before the first line."""

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._path: Path | None = None
        self._size = 0
        self._torn = False
        self._spans: dict[str, list[Span]] = {}
        self._broken = False
        self._next_try = 0.0

    def begin(self, call: CallInfo, attempt: Attempt) -> None:
        """Notes that `attempt` is about to be made."""
        self._append({"t": "begin", "call": encode(call), "attempt": encode(attempt)}, call.id)

    def finish(self, record: CallRecord) -> bool:
        """Keeps the finished record; False when the disk does not take it."""
        return self._append({"t": "done", "record": encode(record)}, record.call.id)

    def read(self, call_id: str) -> CallRecord | None:
        """The finished record of that call, read back from the file; None when it cannot be."""
        with self._lock:
            if self._fd is None or not (spans := self._spans.get(call_id)):
                return None
            offset, length = spans[-1]
            try:
                line = os.pread(self._fd, length, offset)
                return decode(CallRecord, json.loads(line)["record"])
            except (OSError, ValueError, KeyError):
                return None

    def written(self, call_ids: Iterable[str]) -> None:
        """Says that the database has these calls; trims the file when it has grown."""
        ids = list(call_ids)
        with self._lock:
            known = [call_id for call_id in ids if self._spans.pop(call_id, None)]
        if known and self._append({"t": "written", "ids": known}) and self._size > TRIM_AT_BYTES:
            with self._lock:
                self._trim()

    def close(self) -> None:
        """Gives the file up: deleted when all is in the database, else left to be recovered."""
        with self._lock:
            if self._fd is not None and self._path is not None and not self._spans:
                self._path.unlink(missing_ok=True)
            self._forget_file()

    def abandon(self) -> None:
        """For the child of a fork: lets go of the parent's file without touching it.

        The child shares the parent's lock while it holds the descriptor, and so would hide the
        parent's death.
        """
        self._lock = threading.Lock()
        self._forget_file()

    def _forget_file(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self._path, self._size, self._torn = None, None, 0, False
        self._spans = {}

    def _append(self, line: dict[str, Any], call_id: str | None = None) -> bool:
        try:
            data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            with self._lock:
                if self._fd is None:
                    self._open()
                self._write(data, call_id)
        except (OSError, TypeError, ValueError) as error:
            self._complain(error)
            return False
        if self._broken:
            self._broken = False
            log.info("journal_writable_again")
        return True

    def _write(self, data: bytes, call_id: str | None) -> None:
        assert self._fd is not None  # noqa: S101  opened by the caller
        start = 1 if self._torn else 0
        written = os.write(self._fd, b"\n" + data if self._torn else data)
        whole = written == len(data) + start
        if whole and call_id is not None:
            self._spans.setdefault(call_id, []).append((self._size + start, len(data)))
        self._size += written
        self._torn = not whole
        if not whole:
            raise OSError("the disk took only a part of the line")

    def _complain(self, error: Exception) -> None:
        if not self._broken:
            self._broken = True
            log.error("journal_not_writable", error=f"{type(error).__name__}: {error}")

    def _open(self) -> None:
        if time.monotonic() < self._next_try:
            raise OSError("the journal could not be opened a moment ago")
        self._next_try = time.monotonic() + REOPEN_EVERY_S
        directory = self._directory()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        while self._fd is None:
            path = directory / f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}.jsonl"
            if (fd := _claim(path)) is not None:
                self._fd, self._path = fd, path
        self._next_try = 0.0

    def _trim(self) -> None:
        """Rewrites the file with the open calls only, when at least half of it is not theirs."""
        live = sum(length for spans in self._spans.values() for _, length in spans)
        if self._fd is None or self._path is None or 2 * live > self._size:
            return
        try:
            self._rewrite(self._fd, self._path)
        except OSError as error:
            self._complain(error)

    def _rewrite(self, fd: int, path: Path) -> None:
        if not self._spans:
            os.ftruncate(fd, 0)
            self._size, self._torn = 0, False
            return
        fresh_path = path.with_suffix(".new")
        if (fresh := _claim(fresh_path)) is None:
            return
        try:
            moved, size = _copy(self._spans, fd, fresh)
            os.replace(fresh_path, path)
        except OSError:
            os.close(fresh)
            fresh_path.unlink(missing_ok=True)
            raise
        os.close(fd)
        self._fd, self._spans, self._size, self._torn = fresh, moved, size, False


def _copy(spans: dict[str, list[Span]], source: int, target: int) -> tuple[dict[str, list[Span]], int]:
    """Copies the lines at `spans` and answers where they now stand, and the size of the target."""
    moved: dict[str, list[Span]] = {}
    size = 0
    for call_id, places in spans.items():
        for offset, length in places:
            if os.write(target, os.pread(source, length, offset)) != length:
                raise OSError("the disk took only a part of the line")
            moved.setdefault(call_id, []).append((size, length))
            size += length
    return moved, size


def _claim(path: Path) -> int | None:
    """A new file under an exclusive lock, or None when a recovery was quicker and deleted it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(path).st_ino == os.fstat(fd).st_ino:
            return fd
    except (BlockingIOError, FileNotFoundError):
        pass  # a recovery holds or deleted it: not ours
    os.close(fd)
    return None
