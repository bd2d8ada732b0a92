"""The references without a gateway: a program that asks the vendor itself, by aiohttp or by anthropic's SDK.

Run as `python -m bench.cost.alone aiohttp|anthropic URL JOB`, with a `Job` as JSON; prints a `Sample` as JSON.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import aiohttp
import anthropic

from bench.cost.bodies import anthropic_body
from bench.cost.load import Answered, Job, Sample, job_of, run
from bench.cost.machine import memory_mib
from bench.cost.vendor import WORD

HEADERS = {"x-api-key": "simulated-key", "anthropic-version": "2023-06-01"}


async def by_aiohttp(url: str, job: Job) -> tuple[Sample, float]:
    """The run's figures and its CPU seconds."""
    data = anthropic_body(job.size, stream=job.stream)
    async with aiohttp.ClientSession(headers=HEADERS, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask() -> Answered:
            async with session.post(url, data=data, headers={"content-type": "application/json"}) as response:
                read = await response.read()
                return Answered(well=response.status == 200 and WORD.encode() in read, first_s=None)

        return await _measured(ask, job)


async def by_anthropic(url: str, job: Job) -> tuple[Sample, float]:
    """The same through anthropic's SDK."""
    client = anthropic.AsyncAnthropic(api_key="simulated-key", base_url=url.removesuffix("/v1/messages"), max_retries=0)
    fields = json.loads(anthropic_body(job.size, stream=job.stream))

    async def ask() -> Answered:
        answer = await client.messages.create(**fields, timeout=30)
        if not job.stream:
            return Answered(well=WORD in answer.content[0].text, first_s=None)
        text = "".join([event.delta.text async for event in answer if event.type == "content_block_delta"])
        return Answered(well=WORD in text, first_s=None)

    return await _measured(ask, job)


async def _measured(ask: Callable[[], Awaitable[Answered]], job: Job) -> tuple[Sample, float]:
    await run(ask, job.warm_up())
    cpu = time.process_time()
    sample = await run(ask, job)
    return sample, time.process_time() - cpu


if __name__ == "__main__":
    way, address, words = sys.argv[1:]
    measured, cpu_s = asyncio.run({"aiohttp": by_aiohttp, "anthropic": by_anthropic}[way](address, job_of(words)))
    json.dump({"sample": asdict(measured), "cpu_s": cpu_s, "rss_mib": memory_mib(os.getpid())[1]}, sys.stdout)
