"""The write-ahead file of this process: calls begun and calls finished that the database lacks.

It survives a killed process; a power cut may lose it, because lines are written without fsync, with
one `write` each. The process keeps the file locked, so a file whose lock is free is an orphan;
`llm.stores.calls.recovery` reads those. A full or read-only disk is logged and stops no call: `begin` and `finish`
return False, and `log.py` has the database hold the record.
"""

import errno
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from llm.core.calls import Attempt, CallInfo, CallRecord
from llm.private_files import make_private_folder
from llm.stores.calls.codec import decode, encode_json

log = structlog.get_logger(__name__)

TRIM_AT_BYTES = 1_000_000
"""Above this size the file is rewritten without the calls that the database has."""
REOPEN_EVERY_S = 1.0
ROOM_BYTES = 16 * 1024
"""What `fault` asks the disk for: some ten lines, so that a full disk shows before a record meets it."""
PAD = b" " * (ROOM_BYTES - 1) + b"\n"

Span = tuple[int, int]


class Journal:
    """An append-only, thread-safe journal. The first line opens the file."""

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

    def begin(self, call: CallInfo, attempt: Attempt) -> bool:
        """Writes that `attempt` is about to start; False when the disk fails."""
        return self._append(
            lambda: b'{"t":"begin","call":%b,"attempt":%b}\n' % (encode_json(call), encode_json(attempt)), call.id
        )

    def finish(self, record: CallRecord) -> bool:
        """Writes the finished record; False when the disk fails."""
        return self._append(lambda: b'{"t":"done","record":%b}\n' % encode_json(record), record.call.id)

    def read(self, call_id: str) -> CallRecord | None:
        """Reads the finished record of a call back from the file; None when the line is missing or damaged."""
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
        """Marks these calls as stored in the database; trims a file that has grown."""
        ids = list(call_ids)
        with self._lock:
            journalled = [call_id for call_id in ids if self._spans.pop(call_id, None)]
        if not journalled:
            return
        line = json.dumps({"t": "written", "ids": journalled}, separators=(",", ":")).encode() + b"\n"
        if self._append(lambda: line) and self._size > TRIM_AT_BYTES:
            with self._lock:
                self._trim()

    def fault(self) -> str:
        """Why the file cannot take ROOM_BYTES more; "" when it can. Writes blanks to find out, and removes them.

        Opens the file when no call has done so yet.
        """
        try:
            with self._lock:
                if self._fd is None:
                    self._open()
                self._try_room()
        except OSError as error:
            return error.strerror or str(error)
        self._note_success()
        return ""

    def _try_room(self) -> None:
        assert self._fd is not None  # noqa: S101  opened by the caller
        try:
            if os.write(self._fd, PAD) != len(PAD):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.ftruncate(self._fd, self._size)

    def close(self) -> None:
        """Closes the file. Deletes it when the database has every call, else leaves it for recovery."""
        with self._lock:
            if self._fd is not None and self._path is not None and not self._spans:
                self._path.unlink(missing_ok=True)
            self._forget_file()

    def abandon(self) -> None:
        """Closes the parent's descriptor in the child of a fork and leaves the file unchanged.

        An open descriptor shares the parent's lock, which would hide the parent's death from recovery.
        """
        self._lock = threading.Lock()
        self._forget_file()

    def _forget_file(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self._path, self._size, self._torn = None, None, 0, False
        self._spans = {}

    def _append(self, encoded: Callable[[], bytes], call_id: str | None = None) -> bool:
        """Writes the line; False, logged, when it cannot be encoded or the disk fails."""
        try:
            data = encoded()
            with self._lock:
                if self._fd is None:
                    self._open()
                self._write(data, call_id)
        except (OSError, TypeError, ValueError) as error:
            self._log_failure(error)
            return False
        self._note_success()
        return True

    def _note_success(self) -> None:
        if self._broken:
            self._broken = False
            log.info("journal_writable_again")

    def _write(self, data: bytes, call_id: str | None) -> None:
        assert self._fd is not None  # noqa: S101  opened by the caller
        start = 1 if self._torn else 0
        written = os.write(self._fd, b"\n" + data if self._torn else data)
        complete = written == len(data) + start
        if complete and call_id is not None:
            self._spans.setdefault(call_id, []).append((self._size + start, len(data)))
        self._size += written
        self._torn = not complete
        if not complete:
            raise OSError("the disk wrote only a part of the line")

    def _log_failure(self, error: Exception) -> None:
        if not self._broken:
            self._broken = True
            log.error("journal_not_writable", error=f"{type(error).__name__}: {error}")

    def _open(self) -> None:
        if time.monotonic() < self._next_try:
            raise OSError("the journal could not be opened a moment ago")
        self._next_try = time.monotonic() + REOPEN_EVERY_S
        directory = self._directory()
        make_private_folder(directory)
        while self._fd is None:
            path = directory / f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}.jsonl"
            if (fd := _claim(path)) is not None:
                self._fd, self._path = fd, path
        self._next_try = 0.0

    def _trim(self) -> None:
        """Rewrites the file with only the calls not yet stored, when they fill at most half of it."""
        live = sum(length for spans in self._spans.values() for _, length in spans)
        if self._fd is None or self._path is None or 2 * live > self._size:
            return
        try:
            self._rewrite(self._fd, self._path)
        except OSError as error:
            self._log_failure(error)

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
    """Copies the lines at `spans`; returns their new spans and the size of the target."""
    moved: dict[str, list[Span]] = {}
    size = 0
    for call_id, lines in spans.items():
        for offset, length in lines:
            if os.write(target, os.pread(source, length, offset)) != length:
                raise OSError("the disk wrote only a part of the line")
            moved.setdefault(call_id, []).append((size, length))
            size += length
    return moved, size


def _claim(path: Path) -> int | None:
    """Creates a file under an exclusive lock; None when a recovery has locked or deleted it meanwhile."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(path).st_ino == os.fstat(fd).st_ino:
            return fd
    except (BlockingIOError, FileNotFoundError):
        pass  # a recovery has locked or deleted the file
    os.close(fd)
    return None
