"""This process's page of numbers: a file in memory, which outlives a kill and which the process keeps locked.

A change costs no system call. While the disk fails the page is in this process's memory alone.
"""

import fcntl
import mmap
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from llm.conf import llm_settings
from llm.incidents import Incident
from llm.private_files import make_private_folder
from llm.stores.metrics.layout import CELLS, Counter, Gauge, Histogram, bucket_of, sum_of

log = structlog.get_logger(__name__)

SUFFIX = ".page"
CELL_BYTES = 8

without_page = Incident("metrics_without_page", log)


def folder() -> Path:
    """Where the pages of this machine's processes are."""
    return llm_settings().journal_dir / "metrics"


class Page:
    """Counts for this process. The first number opens the file; a fork's child opens its own. Thread-safe."""

    def __init__(self, directory: Callable[[], Path]) -> None:
        self._directory = directory
        self._reset()
        os.register_at_fork(after_in_child=self._leave_parents)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._cells: memoryview[float] | None = None
        self._memory: mmap.mmap | None = None
        self._fd: int | None = None

    def add(self, place: Gauge | Counter, amount: float = 1.0) -> None:
        """Adds to a number."""
        with self._lock:
            self._open()[place] += amount

    def put(self, place: Gauge, value: float) -> None:
        """Replaces a number."""
        with self._lock:
            self._open()[place] = value

    def get(self, place: Gauge | Counter) -> float:
        """A number of this process."""
        with self._lock:
            return float(self._open()[place])

    def observe(self, histogram: Histogram, seconds: float) -> None:
        """Counts a duration."""
        with self._lock:
            cells = self._open()
            cells[bucket_of(histogram, seconds)] += 1
            cells[sum_of(histogram)] += seconds

    def cells(self) -> list[float]:
        """All numbers of this process."""
        with self._lock:
            return list(self._open())

    def close(self) -> None:
        """Lets go of the file; its counters stay in the sums. The next number opens another one."""
        with self._lock:
            self._let_go()

    def _open(self) -> "memoryview[float]":
        if self._cells is None:
            try:
                self._memory = self._new_file()
            except OSError as error:
                without_page.note(error=error.strerror)
                self._memory = mmap.mmap(-1, CELLS * CELL_BYTES)
            self._cells = memoryview(self._memory).cast("d")
        return self._cells

    def _new_file(self) -> mmap.mmap:
        directory = self._directory()
        make_private_folder(directory)
        name = f"{os.getpid()}-{uuid.uuid4().hex}"
        path = directory / f"{name}.new"
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        os.posix_fallocate(self._fd, 0, CELLS * CELL_BYTES)  # a full disk fails here, and not when a cell is written
        memory = mmap.mmap(self._fd, CELLS * CELL_BYTES)
        path.rename(directory / f"{name}{SUFFIX}")  # after the lock: readers take an unlocked page for a dead one's
        return memory

    def _let_go(self) -> None:
        if self._cells is not None:
            self._cells.release()
        if self._memory is not None:
            self._memory.close()
        if self._fd is not None:
            with suppress(OSError):
                os.close(self._fd)
        self._cells = self._memory = self._fd = None

    def _leave_parents(self) -> None:
        """In the child of a fork: an open descriptor would share the parent's lock, and hide its death."""
        self._let_go()
        self._reset()


page = Page(folder)
"""The page of this process."""
