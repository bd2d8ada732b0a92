"""The portal from threads into async code: one loop, results and exceptions, and no coroutine left running."""

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from llm.services import portal
from tests.waiting import eventually


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_result_comes_back() -> None:
    assert portal.run(lambda: double(21)) == 42


def test_an_exception_comes_back() -> None:
    async def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        portal.run(fail)


def test_all_threads_share_one_loop() -> None:
    async def loop() -> int:
        return id(asyncio.get_running_loop())

    loops: set[int] = set()
    threads = [threading.Thread(target=lambda: loops.add(portal.run(loop))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loops) == 1


def test_callers_do_not_wait_for_each_other() -> None:
    gate = threading.Event()

    async def wait() -> str:
        while not gate.is_set():
            await asyncio.sleep(0.005)
        return "late"

    results: list[str] = []
    thread = threading.Thread(target=lambda: results.append(portal.run(wait)))
    thread.start()
    assert portal.run(lambda: double(1)) == 2
    gate.set()
    thread.join()
    assert results == ["late"]


def test_it_refuses_a_running_loop() -> None:
    async def inside() -> None:
        with pytest.raises(RuntimeError, match="await"):
            portal.run(lambda: double(1))
        with pytest.raises(RuntimeError, match="await"):
            next(portal.iterate(lambda: count(3)))

    asyncio.run(inside())


async def count(to: int, left: list[str] | None = None, *, fail: bool = False) -> AsyncGenerator[int]:
    try:
        for number in range(to):
            await asyncio.sleep(0)
            yield number
        if fail:
            raise LookupError("after the last")
        while to > 100:
            await asyncio.sleep(3600)
    finally:
        if left is not None:
            left.append("left")


def test_items_come_in_order_and_the_end_ends_the_loop() -> None:
    left: list[str] = []
    assert list(portal.iterate(lambda: count(5, left))) == [0, 1, 2, 3, 4]
    assert left == ["left"]


def test_items_before_an_exception_are_not_lost() -> None:
    collected = []
    with pytest.raises(LookupError):
        collected.extend(portal.iterate(lambda: count(3, fail=True)))
    items = portal.iterate(lambda: count(3, fail=True))
    assert [next(items), next(items), next(items)] == [0, 1, 2]
    with pytest.raises(LookupError):
        next(items)


def test_closing_early_ends_the_generator() -> None:
    left: list[str] = []
    items = portal.iterate(lambda: count(101, left))
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert eventually(lambda: left)
    assert left == ["left"]
