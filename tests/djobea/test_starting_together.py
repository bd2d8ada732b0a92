"""Processes that start at once with nothing set up: one of them sets up, and all of them work."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from djobea.management.ports import is_simulator
from djobea.management.set_up_lock import SetUpBusy, set_up_lock
from tests.commands.running import Manage, finished
from tests.databases import empty_postgresql
from tests.djobea.test_serve import get, read_until
from tests.ports import free_port
from tests.waiting import eventually

REDIS = "redis://127.0.0.1:6379/9"


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables of a database without tables."""
    if request.param == "sqlite":
        yield {"DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}"}
        return
    with empty_postgresql() as url:
        yield {"DATABASE_URL": url, "REDIS_URL": REDIS}


def healthy(port: int) -> bool:
    return json.loads(get(port, "/api/llm/health"))["status"] == "healthy"


@pytest.mark.timeout(300)
def test_three_servers_on_an_empty_database_all_serve(manage: Manage, stores: dict[str, str]) -> None:
    ports = [free_port() for _ in range(3)]
    stores["LLM_SIMULATOR_PORT"] = str(free_port())
    processes = [manage("serve", "--port", str(port), **stores) for port in ports]
    with ThreadPoolExecutor(3) as pool:
        printed = list(pool.map(lambda process: read_until(process, "Ctrl-C ends it"), processes))
    assert sum(text.count("with the password") for text in printed) == 1
    for port in ports:
        assert eventually(lambda port=port: healthy(port))
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        ran = finished(process)
        assert ran.code == 0
        assert "Traceback" not in ran.err
        assert "ended" not in ran.err


@pytest.mark.timeout(300)
def test_three_migrations_of_an_empty_database_all_succeed(manage: Manage, stores: dict[str, str]) -> None:
    processes = [manage("migrate", "-v0", **stores) for _ in range(3)]
    for process in processes:
        ran = finished(process, 200)
        assert (ran.code, ran.out) == (0, "")


@pytest.mark.timeout(300)
def test_servers_share_a_simulator_and_the_next_one_takes_over(manage: Manage) -> None:
    simulator_port = str(free_port())
    processes = []
    for _ in range(2):
        variables = {"LLM_SIMULATOR_PORT": simulator_port}
        processes.append(manage("serve", "--port", str(free_port()), "--no-worker", **variables))
        assert f"127.0.0.1:{simulator_port}" in read_until(processes[-1], "Ctrl-C ends it")
    first, second = processes
    first.send_signal(signal.SIGTERM)
    assert finished(first).code == 0
    assert eventually(lambda: is_simulator(int(simulator_port)))
    second.send_signal(signal.SIGTERM)
    assert "ended" not in finished(second).err


def test_processes_that_start_at_once_agree_on_the_secret_key(checkout: Path, alone: dict[str, str]) -> None:
    alone["SECRET_KEY"] = ""
    command = [sys.executable, "-c", "from djobea.settings import SECRET_KEY; print(SECRET_KEY)"]
    processes = [
        subprocess.Popen(command, cwd=checkout, env=alone, stdout=subprocess.PIPE, text=True)  # noqa: S603  a line of our own
        for _ in range(5)
    ]
    keys = {process.communicate(timeout=100)[0].strip() for process in processes}
    assert keys == {(checkout / "var" / "secret_key").read_text()}


@pytest.mark.django_db(transaction=True)
def test_a_second_one_waits_and_says_so_until_its_time_is_over(database: str) -> None:
    said: list[str] = []
    with set_up_lock(said.append):
        assert said == []
        with pytest.raises(SetUpBusy, match="for 1 s"), set_up_lock(said.append, wait_s=1):
            pytest.fail("both hold the lock")
    assert said == ["Another process is setting up this database; waiting for it (0 of 1 s)."]
    with set_up_lock(said.append, wait_s=0):
        assert len(said) == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_ends_with_a_failed_set_up(database: str) -> None:
    with pytest.raises(ZeroDivisionError), set_up_lock(print):
        raise ZeroDivisionError
    with set_up_lock(print, wait_s=0):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_waiting_one_goes_on_when_the_lock_is_free(database: str) -> None:
    said: list[str] = []

    def wait() -> float:
        with set_up_lock(said.append):
            return time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        with set_up_lock(said.append):
            waiting = pool.submit(wait)
            assert eventually(lambda: said != [])
            released = time.monotonic()
        assert waiting.result(60) >= released
