"""How long async code waits for the data thread: its timeout once, and no time behind a stuck job."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from llm.stores.data_thread import DataThread

pytestmark = pytest.mark.django_db(transaction=True)

TIMEOUT_S = 0.3


@pytest.fixture
def thread() -> Iterator[DataThread]:
    thread = DataThread(timeout_s=TIMEOUT_S)
    yield thread
    thread.close()


def test_the_default_timeout_is_that_of_the_settings(settings: object) -> None:
    settings.LLM = {**settings.LLM, "STORE_PATIENCE_S": 7.0}
    assert (DataThread().timeout_s, DataThread(timeout_s=0.1).timeout_s) == (7.0, 0.1)


def test_jobs_behind_a_stuck_one_time_out_at_once_and_run_later(thread: DataThread) -> None:
    freed = threading.Event()
    results: list[int] = []

    async def ask_for_many_things() -> None:
        with pytest.raises(TimeoutError):
            await thread.run(lambda: freed.wait(60))
        for number in range(100):
            with pytest.raises(TimeoutError):
                await thread.run(lambda n=number: results.append(n))

    begun = time.monotonic()
    asyncio.run(ask_for_many_things())
    assert time.monotonic() - begun < 15  # a hundred waits would be 30 s

    freed.set()
    thread.submit(lambda: None).result(30)
    assert results == list(range(100))


def test_a_longer_timeout_waits_behind_a_running_job(thread: DataThread) -> None:
    async def wait() -> int:
        thread.submit(lambda: time.sleep(0.5))
        await asyncio.sleep(0.1)
        return await thread.run(lambda: 5, timeout_s=60)

    assert asyncio.run(wait()) == 5


def test_a_job_that_comes_while_the_thread_is_being_closed_runs_on_the_next_one(thread: DataThread) -> None:
    freed = threading.Event()
    thread.submit(lambda: freed.wait(60))
    closing = threading.Thread(target=thread.close)
    closing.start()
    while thread._executor is not None:
        time.sleep(0.01)
    assert thread.submit(lambda: "done").result(30) == "done"
    freed.set()
    closing.join(30)
    assert not closing.is_alive()
