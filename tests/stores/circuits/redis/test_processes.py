import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm.core.circuit.state import Admission, admit
from tests.stores.circuits.redis.steps import change, over, read, trial
from tests.waiting import eventually

Starter = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def process(server: str, prefix: str, tmp_path: Path) -> Iterator[Starter]:
    """Starts another worker process with a task, and answers when it is ready."""
    running = []
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "djobea.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3",
        "LLM_STORE_PATIENCE_S": "20",
    }

    def start(task: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-W", "ignore", "-m", "tests.stores.circuits.redis.racer", server, prefix, task]
        started = subprocess.Popen(  # noqa: S603  our own module
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        running.append(started)
        return started

    yield start
    for started in running:
        started.kill()
        started.communicate()


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_of_fifty_racers_in_three_processes_and_four_stores_exactly_one_gets_the_trial(opener, process):
    from tests.stores.circuits.redis.racer import race

    here = [opener(), opener()]
    change(here[0], over)
    others = [process("race"), process("race")]
    assert [heard(other) for other in others] == ["ready", "ready"]
    assert eventually(lambda: "claude" in read(here[1]))

    with ThreadPoolExecutor(2) as pool:
        for other in others:
            go(other)
        jobs = [pool.submit(asyncio.run, race(store, f"here {n}", 13)) for n, store in enumerate(here)]
        won = sum(job.result() for job in jobs) + sum(int(heard(other)) for other in others)

    assert won == 1


def test_the_trial_of_a_killed_worker_is_free_again_when_its_lease_ends(opener, process):
    store = opener()
    change(store, over)
    victim = process("lease")
    assert heard(victim) == "ready"
    go(victim)
    assert heard(victim) == "the dead"
    victim.kill()
    assert eventually(lambda: read(store)["claude"].trial_holder == "the dead")
    assert change(store, trial("too early")).trial_holder == "the dead"

    def admission() -> Admission:
        return admit(read(store)["claude"], datetime.now(UTC), 0.0).admission

    assert admission() is Admission.DENY
    assert eventually(lambda: admission() is Admission.TRIAL)
    assert change(store, trial("heir")).trial_holder == "heir"


def test_a_forked_process_has_threads_of_its_own(opener, process):
    forking = process("fork")
    assert heard(forking) == "ready"
    go(forking)

    assert heard(forking) == "open"
    assert read(opener())["claude"].state == "open"
