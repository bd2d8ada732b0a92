"""`python -m bench.streams`: a thousand streams open at once on one worker, beside the same streams without gateway.

Each has 20 chunks. They begin evenly over `--over` seconds and last longer than that, so that all are open
together. In one run: how many came whole, what the worker's memory grew by for each, and when the first word came,
against the simulated vendor asked directly.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import aiohttp

from bench.cost import machine
from bench.cost.bodies import BODY
from bench.processes import Running, gateway, simulator
from bench.sse import Streamed, read

CHUNKS = 20
TEXT = "Un plombier peut passer. " * CHUNKS
FIRST_TOKEN_S = 0.3
WARM_UP = 20
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way of asking. Memory is the growth of the worker's resident set at its peak, for each stream."""

    streams: int
    whole: int
    most_open: int
    first_word_p50_ms: float
    first_word_p99_ms: float
    memory_kib: float | None = None
    cpu_ms: float | None = None


class Crowd:
    """Streams that begin one after the other and are open together."""

    def __init__(self, ask: Callable[[], Awaitable[Streamed]], streams: int, over_s: float) -> None:
        self._ask, self._streams, self._over_s = ask, streams, over_s
        self._open = self.most_open = 0

    async def run(self) -> list[Streamed | None]:
        """What each brought; None for one that failed."""
        return await asyncio.gather(*(self._one(place) for place in range(self._streams)))

    async def _one(self, place: int) -> Streamed | None:
        await asyncio.sleep(self._over_s * place / self._streams)
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        try:
            return await self._ask()
        except (aiohttp.ClientError, TimeoutError):
            return None
        finally:
            self._open -= 1


def row(crowd: Crowd, got: list[Streamed | None], **more: float) -> Row:
    """The figures of one way."""
    first = [1000 * s.first_word_s for s in got if s is not None and s.first_word_s is not None] or [float("nan")] * 2
    cuts = statistics.quantiles(first, n=100)
    return Row(
        streams=len(got),
        whole=sum(s is not None and s.finished and s.text == TEXT for s in got),
        most_open=crowd.most_open,
        first_word_p50_ms=cuts[49],
        first_word_p99_ms=cuts[98],
        **more,
    )


async def _watch(pid: int, over: asyncio.Event) -> float:
    """The largest resident memory of the server's processes until `over`, in MiB."""
    most = 0.0
    while not over.is_set():
        most = max(most, machine.memory_mib(pid)[0])
        await asyncio.sleep(0.1)
    return most


async def _through_gateway(product: Running, streams: int, over_s: float) -> Row:
    url = f"{product.url}/v1/chat/completions"
    async with _session(product.key) as session:
        await asyncio.gather(*(read(session, url, BODY) for _ in range(WARM_UP)))
        over, before, cpu = asyncio.Event(), machine.memory_mib(product.pid)[0], machine.cpu_s(product.pid)
        watching = asyncio.create_task(_watch(product.pid, over))
        crowd = Crowd(lambda: read(session, url, BODY), streams, over_s)
        got = await crowd.run()
        over.set()
        grown = 1024 * (await watching - before) / streams
        return row(crowd, got, memory_kib=grown, cpu_ms=1000 * (machine.cpu_s(product.pid) - cpu) / streams)


async def _direct(vendors: Running, streams: int, over_s: float) -> Row:
    """OpenAI's simulated account, whose stream the same reader understands."""
    url = f"{vendors.url}/openai/v1/chat/completions"
    async with _session("simulated-key") as session:
        crowd = Crowd(lambda: read(session, url, {**BODY, "model": "gpt-6.1-terra"}), streams, over_s)
        return row(crowd, await crowd.run())


def _session(key: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {key}"},
        timeout=aiohttp.ClientTimeout(total=180),
        connector=aiohttp.TCPConnector(limit=0),
    )


async def _prepare(vendors: Running, chunk_delay_s: float) -> None:
    script = {"text": TEXT, "chunks": CHUNKS, "chunk_delay": chunk_delay_s, "first_token": FIRST_TOKEN_S}
    async with aiohttp.ClientSession() as session:
        for name in ("claude", "openai"):
            async with session.post(f"{vendors.url}/_sim/{name}/reply", json=script) as response:
                response.raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=1000, help="streams open at once (1000)")
    parser.add_argument("--over", type=float, default=20.0, help="seconds over which they begin (20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    delay_s = (words.over + 5) / (CHUNKS - 1)
    rows: dict[str, Row] = {}
    begun = time.perf_counter()
    with simulator() as vendors:
        asyncio.run(_prepare(vendors, delay_s))
        rows["vendor, no gateway"] = asyncio.run(_direct(vendors, words.streams, words.over))
        with gateway(vendors, database_url="") as product:
            rows["through the gateway"] = asyncio.run(_through_gateway(product, words.streams, words.over))
    if words.json:
        print(json.dumps({name: asdict(found) for name, found in rows.items()}))
        return
    print(
        f"{words.streams} streams of {CHUNKS} chunks, begun over {words.over:g} s "
        f"({time.perf_counter() - begun:.0f} s in all)\n"
    )
    print(f"{'':22}{'whole':>7}{'open':>7}{'1st word p50':>14}{'p99':>10}{'KiB each':>10}{'CPU ms':>8}")
    for name, found in rows.items():
        memory = "" if found.memory_kib is None else f"{found.memory_kib:.0f}"
        cpu = "" if found.cpu_ms is None else f"{found.cpu_ms:.1f}"
        print(
            f"{name:22}{found.whole:7}{found.most_open:7}{found.first_word_p50_ms:11.0f} ms"
            f"{found.first_word_p99_ms:7.0f} ms{memory:>10}{cpu:>8}"
        )


if __name__ == "__main__":
    main()
