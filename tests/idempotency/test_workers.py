"""Idempotency-Keys between worker processes that share only the database; one of them is killed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import httpx2
import pytest

from llm.models import IdempotentAnswer
from llm.simulator import Simulator
from tests.commands.beside import environment, running
from tests.conftest import Person
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {"model": "default", "messages": [{"role": "user", "content": "My tap is leaking"}]}
SERVE = ["-m", "uvicorn", "djobea.asgi:application", "--log-level", "warning", "--port"]


class Worker:
    """One server process with one consumer."""

    def __init__(self, process: "Popen[bytes]", port: int, person: Person) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._headers = {**person.headers, "Idempotency-Key": "order-7"}

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", trust_env=False, timeout=30).status_code == 200
        except httpx2.TransportError:
            return False

    def ask(self) -> httpx2.Response:
        url = f"{self.url}/v1/chat/completions"
        return httpx2.post(url, json=ASK, headers=self._headers, trust_env=False, timeout=100)


@pytest.fixture
def workers(providers: list[str], consumer: Person, tmp_path: Path) -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        started = []
        for name in ("one", "two"):
            port = free_port()
            log = tmp_path / f"{name}.log"
            process = stack.enter_context(running([*SERVE, str(port)], environment(tmp_path / name), log))
            started.append((Worker(process, port, consumer), log))
        for worker, log in started:
            assert eventually(worker.is_ready, within_s=60), log.read_text()
        yield [worker for worker, _ in started]


def test_twenty_requests_on_two_workers_make_one_vendor_call(
    workers: list[Worker], sim: Simulator, providers: list[str]
) -> None:
    sim.reply("claude", latency=1)
    with ThreadPoolExecutor(20) as pool:
        answers = [f.result() for f in [pool.submit(workers[number % 2].ask) for number in range(20)]]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 19
    assert sum(sim.calls(name) for name in providers) == 1


def test_another_worker_takes_over_the_key_of_a_killed_one(workers: list[Worker], sim: Simulator) -> None:
    first, second = workers
    sim.reply("claude", latency=100)
    with ThreadPoolExecutor(2) as pool:
        lost = pool.submit(first.ask)
        assert eventually(lambda: sim.calls("claude") == 1, within_s=60), "claude got no request"
        first.process.kill()
        with pytest.raises(httpx2.TransportError):
            lost.result()
        sim.reply("claude")
        repeat = pool.submit(second.ask)
        time.sleep(0.5)
        assert not repeat.done()
        IdempotentAnswer.objects.update(expires_at=datetime.now(UTC))  # its lease would be over in seconds
        assert repeat.result().status_code == 200
    assert second.ask().content == repeat.result().content
    assert sim.calls("claude") == 2
