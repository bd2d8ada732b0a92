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
from types import FrameType

FIRST_RESTART_DELAY_S = 1.0
MAX_RESTART_DELAY_S = 30.0
STABLE_AFTER_S = 60.0
"""After such a run the count of failures, and so the restart delay, begins anew."""

STOP_TIMEOUT_S = 15.0
"""More than the children's grace (`child.GRACE_S`). Then they are killed."""

HURRY_TIMEOUT_S = 20.0
"""After a second signal: more than the server needs to tell its callers and to write its records."""

POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRole:
    """A child by its `name` in messages, and the arguments for `djobea.management.child`.

    `stop_s` is how long it may take to end, in seconds. A child that is `needed` by others ends after them.
    """

    name: str
    arguments: Sequence[str]
    stop_s: float = STOP_TIMEOUT_S
    needed: bool = False


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
        """Starts the process, or schedules its restart if it ended."""
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
        wait = min(FIRST_RESTART_DELAY_S * 2 ** min(self._failures - 1, 10), MAX_RESTART_DELAY_S)
        again = f", {self._failures} times in a row" if self._failures > 1 else ""
        say(f"{how}{again}; starting it again in {wait:.0f} s.")
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
        self._signals = 0
        self._woken = threading.Event()

    def run(self, on_poll: Callable[[], None]) -> None:
        """Polls the children and calls `on_poll` each time, until a signal; then stops the children.

        It never gives a child up. A second signal hurries the stop.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._count_signal)
        try:
            while self._signals == 0:
                for child in self._children:
                    child.poll(self._say)
                on_poll()
                self._woken.wait(POLL_S)
        finally:
            self._stop([child for child in self._children if not child.role.needed])
            self._stop([child for child in self._children if child.role.needed])

    def _count_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        self._woken.set()

    def _stop(self, children: Sequence[Child]) -> None:
        """Ends the children; kills those that take longer than they may."""
        for child in children:
            child.terminate()
        heard = max(self._signals, 1)
        begun = time.monotonic()
        hurried = float("inf")
        while running := [child for child in children if child.running]:
            now = time.monotonic()
            if self._signals > heard:
                heard = self._signals
                hurried = min(hurried, now + HURRY_TIMEOUT_S)
                for child in running:
                    child.terminate()
            if all(now > min(begun + child.role.stop_s, hurried) for child in running):
                break
            time.sleep(POLL_S / 4)
        for child in children:
            child.kill_group()


def exit_reason(code: int) -> str:
    """An exit code as text: "exit code 1", or "SIGKILL"."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _project() -> Path:
    return Path(__file__).resolve().parent.parent.parent
