"""Load: the same request again and again, a number at once or at a steady rate, with every latency kept."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field, replace

import aiohttp

from bench.cost.bodies import Size, anthropic_body, openai_body
from bench.cost.vendor import WORD

OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"
WATCH_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is sent. `per_second` paces the requests, whatever is still in flight; 0: `at_once` are always in flight.

    `watched`: `/livez` is asked meanwhile, which costs CPU of its own.
    """

    name: str
    requests: int
    size: Size = Size.TINY
    stream: bool = False
    at_once: int = 64
    per_second: float = 0.0
    delay_ms: int = 0
    path: str = OPENAI
    watched: bool = False

    def warm_up(self) -> "Job":
        """The same for a short time: connections are opened, code is imported."""
        return replace(self, requests=min(self.requests, 2 * self.at_once), per_second=0.0)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def job_of(words: str) -> Job:
    """The job that `Job.as_json` wrote."""
    fields = json.loads(words)
    return Job(**{**fields, "size": Size(fields["size"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer: whether it was whole and the vendor's, and the seconds until its first text (streams alone)."""

    well: bool
    first_s: float | None


@dataclass(slots=True, kw_only=True)
class Sample:
    """A run's answers: latencies and times to the first text in seconds, of good answers alone."""

    elapsed_s: float = 0.0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)


async def run(ask: Callable[[], Awaitable[Answered]], job: Job) -> Sample:
    """Asks `job.requests` times."""
    sample = Sample()
    started = time.perf_counter()

    async def one() -> None:
        begun = time.perf_counter()
        try:
            answered = await ask()
        except (aiohttp.ClientError, TimeoutError):
            answered = Answered(well=False, first_s=None)
        if not answered.well:
            sample.failed += 1
            return
        sample.latencies.append(time.perf_counter() - begun)
        if answered.first_s is not None:
            sample.firsts.append(answered.first_s)

    async def keep_asking(left: Iterator[int]) -> None:
        for _ in left:
            await one()

    if job.per_second:
        async with asyncio.TaskGroup() as group:
            for place in range(job.requests):
                await asyncio.sleep(started + place / job.per_second - time.perf_counter())
                group.create_task(one())
    else:
        left = iter(range(job.requests))
        await asyncio.gather(*(keep_asking(left) for _ in range(job.at_once)))
    sample.elapsed_s = time.perf_counter() - started
    return sample


async def ask_a_server(
    origin: str, key: str, job: Job, begin: Callable[[], None] = lambda: None
) -> tuple[Sample, float | None]:
    """Runs the job against a server; the answers, and the longest wait for `/livez` (seconds) if it is watched.

    `begin` is called between the warm-up and the run.
    """
    data = (
        openai_body(job.size, stream=job.stream) if job.path == OPENAI else anthropic_body(job.size, stream=job.stream)
    )
    headers = {"Authorization": f"Bearer {key}", "content-type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=60)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session:

        async def ask() -> Answered:
            begun, first, whole = time.perf_counter(), None, bytearray()
            async with session.post(origin + job.path, data=data) as response:
                async for piece in response.content.iter_any():
                    whole += piece
                    if job.stream and first is None and WORD.encode() in whole:
                        first = time.perf_counter() - begun
                return Answered(well=response.status == 200 and WORD.encode() in whole, first_s=first)

        async with session.get(f"{origin}/livez") as response:
            response.raise_for_status()
        await run(ask, job.warm_up())
        begin()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_longest_wait(session, origin, over)) if job.watched else None
            sample = await run(ask, job)
            over.set()
        return sample, watch.result() if watch else None


async def _longest_wait(session: aiohttp.ClientSession, origin: str, over: asyncio.Event) -> float:
    """Seconds that the slowest of many requests to `/livez` took, one after the other, until `over`."""
    longest = 0.0
    while not over.is_set():
        begun = time.perf_counter()
        async with session.get(f"{origin}/livez") as response:
            await response.read()
        longest = max(longest, time.perf_counter() - begun)
        await asyncio.sleep(WATCH_EVERY_S)
    return longest
