"""Keeps child processes running: starts them, starts the fallen ones again, ends them all.

Knows nothing of what they do.
"""

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

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
STEADY_S = 60.0
"""A child that ran so long has recovered: its next fall is waited out from the beginning."""

END_S = 15.0
"""More than the children's own grace; then they are killed."""

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A child by its `name` in messages, and the arguments for `djobea.management.child`.

    After `patience` falls in a row the supervisor gives up; None: never.
    """

    name: str
    arguments: Sequence[str]
    patience: int | None = None


class GaveUp(Exception):
    """A child fell more often in a row than its role has patience for; the message says which."""


class Child:
    """One role's process, and when it may be started again."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._falls = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look(self, say: Callable[[str], None]) -> None:
        """Starts it, notes that it fell, or does nothing, whatever is due. Raises GaveUp."""
        now = time.monotonic()
        if self.running or now < self._start_at:
            return
        if self._process is None:
            self._start(now)
            return
        self.kill_group()  # what its own children would otherwise go on holding, such as the port
        if now - self._started > STEADY_S:
            self._falls = 0
        self._falls += 1
        how = f"The {self.role.name} ended ({ending(self._process.returncode)})"
        if self._falls == self.role.patience:
            raise GaveUp(f"{how}, {self._falls} times in a row.")
        wait = min(FIRST_WAIT_S * 2 ** (self._falls - 1), LONGEST_WAIT_S)
        say(f"{how}; starting it again in {wait:.0f} s.")
        self._process, self._start_at = None, now + wait

    def _start(self, now: float) -> None:
        command = [sys.executable, "-m", "djobea.management.child", str(os.getpid()), *self.role.arguments]
        # A session of its own, so that Ctrl-C reaches it through the supervisor, once and in order.
        self._process = subprocess.Popen(command, cwd=_project(), start_new_session=True)  # noqa: S603  our own module
        self._started = now

    def tell(self) -> None:
        """Asks it to end."""
        if self._process is not None and self.running:
            self._process.terminate()

    def kill_group(self) -> None:
        """Ends what is left of it and of its own children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """Runs until SIGTERM or SIGINT. To be used in the main thread, where signals arrive."""

    def __init__(self, roles: Sequence[Role], say: Callable[[str], None]) -> None:
        self._children = [Child(role) for role in roles]
        self._say = say
        self._told = threading.Event()

    def run(self, each_look: Callable[[], None]) -> None:
        """Looks after the children, calling `each_look` every time, until told to end; then ends them.

        Raises GaveUp, when they are ended too.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._told.set())
        try:
            while not self._told.is_set():
                for child in self._children:
                    child.look(self._say)
                each_look()
                self._told.wait(LOOK_EVERY_S)
        finally:
            self._end()

    def _end(self) -> None:
        for child in self._children:
            child.tell()
        deadline = time.monotonic() + END_S
        while any(child.running for child in self._children) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S / 4)
        for child in self._children:
            child.kill_group()


def ending(code: int) -> str:
    """An exit code for people: "exit code 1", or "SIGKILL"."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _project() -> Path:
    return Path(__file__).resolve().parent.parent.parent
