"""Starting, stopping and load: held connections let go, ports are freed, many streams run side by side."""

import asyncio
import socket
import threading

import aiohttp
import pytest

from llm.simulator import Simulator, serve
from tests.simulator.raw import CLAUDE, CLAUDE_PATH, OPENAI, OPENAI_PATH, claude_body, openai_body, send
from tests.waiting import eventually


def _hang(sim: Simulator, seen: list[str]) -> None:
    try:
        send(sim, "POST", CLAUDE_PATH, claude_body(), CLAUDE, timeout=30)
    except OSError as error:
        seen.append(type(error).__name__)


def test_stopping_lets_go_of_silent_connections() -> None:
    seen: list[str] = []
    with Simulator() as sim:
        sim.fault("claude", "silence")
        waiting = threading.Thread(target=_hang, args=(sim, seen))
        waiting.start()
        assert eventually(lambda: sim.counts("claude").open == 1)
    waiting.join(30)

    assert seen == ["ConnectionResetError"]


def test_a_caller_who_leaves_is_noticed(sim: Simulator) -> None:
    sim.fault("claude", "silence")
    with pytest.raises(TimeoutError):
        send(sim, "POST", CLAUDE_PATH, claude_body(), CLAUDE, timeout=2)

    assert eventually(lambda: sim.counts("claude").abandoned == 1)
    assert sim.counts("claude").open == 0


def test_a_stream_that_the_caller_drops_is_noticed(sim: Simulator) -> None:
    sim.reply("openai", chunks=500, chunk_delay=0.02)

    async def read_a_little() -> None:
        url = sim.origin + OPENAI_PATH
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=openai_body(stream=True), headers=OPENAI) as got,
        ):
            await got.content.readline()

    asyncio.run(read_a_little())
    assert eventually(lambda: sim.counts("openai").abandoned == 1)


def test_a_taken_port_is_an_error_and_a_stopped_one_is_free_again() -> None:
    with Simulator() as first:
        port = first.port
        with pytest.raises(OSError, match="address already in use"):
            Simulator(port=port).start()
    with Simulator(port=port) as again:
        assert again.port == port


def test_stopping_twice_or_before_the_start_does_nothing() -> None:
    sim = Simulator()
    sim.stop()
    with sim:
        pass
    sim.stop()


def test_serving_in_ones_own_loop_tells_the_port_and_ends_when_cancelled() -> None:
    async def run() -> int:
        bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(serve("127.0.0.1", 0, bound.set_result))
        port = await bound
        task.cancel()
        await asyncio.wait([task])
        return port

    port = asyncio.run(run())
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_two_hundred_streams_run_side_by_side(sim: Simulator) -> None:
    sim.reply("openai", chunks=5, chunk_delay=0.05)

    async def one(session: aiohttp.ClientSession) -> bool:
        async with session.post(sim.origin + OPENAI_PATH, json=openai_body(stream=True), headers=OPENAI) as got:
            return (await got.text()).endswith("[DONE]\n\n")

    async def all_of_them() -> list[bool]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            return await asyncio.gather(*(one(session) for _ in range(200)))

    assert all(asyncio.run(all_of_them()))
    assert sim.counts("openai").open == 0
