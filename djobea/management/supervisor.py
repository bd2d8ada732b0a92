"""Starts child processes, restarts those that ended, and stops them all."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST_RESTART_DELAY_S = 1.0
MAX_RESTART_DELAY_S = 30.0
STABLE_AFTER_S = 60.0
"""After such a run the count of failures, and so the restart delay, begins anew."""

STOP_TIMEOUT_S = 15.0
"""More than the children's grace (`child.GRACE_S`). Then they are killed."""

POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRole:
    """A child by its `name` in messages, and the arguments for `djobea.management.child`.

    After `max_failures` failures in a row the supervisor gives up; None: never.
    """

    name: str
    arguments: Sequence[str]
    max_failures: int | None = None


class TooManyFailures(Exception):
    """A child ended `max_failures` times in a row. The message names it."""


class Child:
    """One role's process, and the time of its next start."""

    def __init__(self, role: ProcessRole) -> None:
        self.role = role
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._restart_at = 0.0
        self._failures = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def poll(self, say: Callable[[str], None]) -> None:
        """Starts the process, or schedules its restart if it ended. Raises TooManyFailures."""
        now = time.monotonic()
        if self.running or now < self._restart_at:
            return
        if self._process is None:
            self._start(now)
            return
        self.kill_group()  # its own children would else hold the port
        if now - self._started > STABLE_AFTER_S:
            self._failures = 0
        self._failures += 1
        how = f"The {self.role.name} ended ({exit_reason(self._process.returncode)})"
        if self._failures == self.role.max_failures:
            raise TooManyFailures(f"{how}, {self._failures} times in a row.")
        wait = min(FIRST_RESTART_DELAY_S * 2 ** (self._failures - 1), MAX_RESTART_DELAY_S)
        say(f"{how}; starting it again in {wait:.0f} s.")
        self._process, self._restart_at = None, now + wait

    def _start(self, now: float) -> None:
        command = [sys.executable, "-m", "djobea.management.child", str(os.getpid()), *self.role.arguments]
        # A session of its own, so that Ctrl-C reaches it only through the supervisor.
        self._process = subprocess.Popen(command, cwd=_project(), start_new_session=True)  # noqa: S603  our own module
        self._started = now

    def terminate(self) -> None:
        """Sends SIGTERM."""
        if self._process is not None and self.running:
            self._process.terminate()

    def kill_group(self) -> None:
        """Kills the process and its children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """Runs until SIGTERM or SIGINT. Use it in the main thread, where signals arrive."""

    def __init__(self, roles: Sequence[ProcessRole], say: Callable[[str], None]) -> None:
        self._children = [Child(role) for role in roles]
        self._say = say
        self._stopping = threading.Event()

    def run(self, on_poll: Callable[[], None]) -> None:
        """Polls the children and calls `on_poll` each time, until a signal; then stops the children.

        Raises TooManyFailures, after the children are stopped.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        try:
            while not self._stopping.is_set():
                for child in self._children:
                    child.poll(self._say)
                on_poll()
                self._stopping.wait(POLL_S)
        finally:
            self._stop()

    def _stop(self) -> None:
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while any(child.running for child in self._children) and time.monotonic() < deadline:
            time.sleep(POLL_S / 4)
        for child in self._children:
            child.kill_group()


def exit_reason(code: int) -> str:
    """An exit code as text: "exit code 1", or "SIGKILL"."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _project() -> Path:
    return Path(__file__).resolve().parent.parent.parent
