"""The template of the server and its workers: who dies is replaced at once, whatever it was doing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from djobea.management.pulse import Pulse
from djobea.management.workers import delay_before_next_s
from tests.commands.running import PROJECT
from tests.djobea.test_serve import children_of, proc
from tests.waiting import eventually

STUB = """
import os, socket, sys, time
from djobea.management import workers
workers.STUCK_AFTER_S = 2
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
print(listener.getsockname()[1], flush=True)

def work(listener, pulse):
    time.sleep(0.3)
    while True:
        caller, _ = listener.accept()
        wish = caller.recv(9)
        pulse.beat()
        if wish == b"exit": os._exit(3)
        if wish == b"drain": pulse.drain(); caller.close(); time.sleep(60)
        caller.sendall(str(os.getpid()).encode()); caller.close()

workers.Workers(listener, 2, work, drain_s=0.5).run(lambda: True)
"""


@pytest.fixture
def template() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """The template of two stub workers, and their port."""
    process = subprocess.Popen([sys.executable, "-c", STUB], cwd=PROJECT, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own
    assert process.stdout is not None
    yield process, int(process.stdout.readline())
    if process.poll() is None:
        for child in [process.pid, *children_of(process.pid)]:
            os.kill(child, signal.SIGKILL)
    process.communicate()


def ask(port: int, wish: bytes = b"pid") -> int:
    """The worker that answered; 0 for a cut connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as caller, suppress(ConnectionError):
        caller.sendall(wish)
        return int(caller.recv(20) or 0)
    return 0


@proc
def test_whoever_dies_is_replaced(template: tuple["subprocess.Popen[str]", int]) -> None:
    process, port = template
    assert ask(port)
    for _ in range(3):  # all at once, and their successors while they start
        for pid in children_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: len(children_of(process.pid)) == 2)
    assert eventually(lambda: ask(port) > 0), "a dying worker may have accepted one more connection"
    ask(port, b"drain")
    assert eventually(lambda: len(children_of(process.pid)) == 3), "one that drains has a successor already"
    stuck = set(children_of(process.pid))
    assert eventually(lambda: len(stuck & set(children_of(process.pid))) == 1), "whose loop stands still is killed"
    assert eventually(lambda: ask(port) > 0)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("exit_code", "deaths", "wait_s"),
    [(-9, 1, 0.0), (-9, 2, 0.2), (-9, 50, 0.5), (-15, 3, 0.4), (1, 1, 1.0), (3, 4, 8.0), (1, 50, 30.0), (0, 1, 1.0)],
)
def test_the_killed_return_soon_and_the_failing_are_waited_for(exit_code: int, deaths: int, wait_s: float) -> None:
    assert delay_before_next_s(exit_code, deaths) == pytest.approx(wait_s)


@proc
def test_a_parent_sees_the_pulse_of_its_child() -> None:
    pulse = Pulse()
    assert not pulse.draining
    script = Path("/proc/self/stat")
    assert script.exists()
    child = os.fork()
    if child == 0:
        pulse.drain()
        os._exit(0)
    os.waitpid(child, 0)
    assert pulse.draining
    assert 0 <= pulse.silent_s() < 60
    pulse.beat()
    assert not pulse.draining
