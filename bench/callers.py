"""`python -m bench.callers`: what hostile callers cost a worker and its other callers.

Each drill runs against the served product with one worker, while another client asks `/livez` every 5 ms: peak memory,
deleted files that the server holds open, the longest wait of `/livez`, and what the hostile callers were told. The wait
holds what a busy machine adds; the row without a drill shows how much that is.
"""

import argparse
import asyncio
import base64
import http.client
import json
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bench.cost import machine
from bench.processes import Running, gateway, simulator

MIB = 1024 * 1024
EVERY_S = 0.005
SLOW_S = 30.0
"""Longer than the default time for a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one drill did. `grown_mb` and `disk_mb` are the greatest while it ran."""

    grown_mb: float
    disk_mb: float
    longest_wait_ms: float
    seconds: float
    answers: dict[str, int]


Drill = Callable[[Running], Awaitable[list[str]]]


async def nothing(product: Running) -> list[str]:
    """What the machine adds by itself."""
    await asyncio.sleep(2)
    return []


def flood(
    product: Running, *, headers: dict[str, str], chunked: bool, megabytes: int, at_once: int
) -> Awaitable[list[str]]:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(megabytes):
            yield b"x" * MIB

    async def one(session: aiohttp.ClientSession) -> str:
        length = {} if chunked else {"Content-Length": str(megabytes * MIB)}
        url = f"{product.url}/v1/chat/completions"
        try:
            async with session.post(url, data=pieces(), headers={**headers, **length}) as answer:
                return str(answer.status)
        except aiohttp.ClientError as error:
            return type(error).__name__

    return _each(one, at_once)


def sends(product: Running, path: str, body: bytes, *, at_once: int = 1) -> Awaitable[list[str]]:
    async def one(session: aiohttp.ClientSession) -> str:
        headers = {**_key(product), "Content-Type": "application/json"}
        async with session.post(f"{product.url}{path}", data=body, headers=headers) as answer:
            fault = (await answer.json()).get("error", {}) if answer.status >= 400 else {}
            return f"{answer.status} {fault.get('param') or fault.get('code') or ''}".strip()

    return _each(one, at_once)


async def _each(one: Callable[[aiohttp.ClientSession], Awaitable[str]], at_once: int) -> list[str]:
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        return list(await asyncio.gather(*(one(session) for _ in range(at_once))))


async def slow_headers(product: Running) -> list[str]:
    """500 clients that send a line of their header every second, and 500 that send nothing."""
    address = urlsplit(product.url)

    async def one(first: bytes, line: bytes) -> str:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        until = time.monotonic() + SLOW_S
        writer.write(first)
        reading = asyncio.ensure_future(reader.read(16))
        while not reading.done() and time.monotonic() < until:
            await asyncio.wait({reading}, timeout=1)
            with suppress(ConnectionError):
                writer.write(line)
        told = "still connected"
        if reading.done():
            told = "reset" if reading.exception() else reading.result().decode()[9:12] or "closed"
        reading.cancel()
        writer.close()
        return told

    begun = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    jobs = [one(begun, b"X-A: 1\r\n") for _ in range(500)] + [one(b"", b"") for _ in range(500)]
    return list(await asyncio.gather(*jobs))


async def slow_bodies(product: Running) -> list[str]:
    """100 keyed clients that say 20 MiB and send 300 KB of it; they are given up after 3 s."""
    address = urlsplit(product.url)

    async def one() -> str:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {product.key}\r\n"
        writer.write(f"{head}Content-Length: {20 * MIB}\r\n\r\n".encode() + b"x" * 300_000)
        try:
            async with asyncio.timeout(3):
                told = (await reader.read(16)).decode()[9:12]
        except TimeoutError:
            told = "awaited"
        writer.close()
        return told

    return list(await asyncio.gather(*(one() for _ in range(100))))


def _key(product: Running) -> dict[str, str]:
    return {"Authorization": f"Bearer {product.key}"}


def _chat(content: object) -> bytes:
    return json.dumps(
        {"model": "default", "max_tokens": 64, "messages": [{"role": "user", "content": content}]}
    ).encode()


def _picture() -> bytes:
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + os.urandom(17 * MIB)).decode()
    url = {"url": f"data:image/png;base64,{data}"}
    return _chat([{"type": "text", "text": "What is it? \U0001f600"}, {"type": "image_url", "image_url": url}])


def _blocks(count: int) -> bytes:
    return _chat([{"type": "text", "text": "x"}] * count)


def drills() -> dict[str, Drill]:
    """Name -> drill."""
    nested = json.dumps({"context": {"a": [{"b": [1, 2]}] * 1_500_000}}).encode()[: 24 * MIB]
    return {
        "nothing": nothing,
        "stranger, 1,500 MB in chunks": lambda p: flood(p, headers={}, chunked=True, megabytes=1500, at_once=1),
        "20 strangers, 100 MB each": lambda p: flood(p, headers={}, chunked=False, megabytes=100, at_once=20),
        "key, 100 MB in chunks": lambda p: flood(p, headers=_key(p), chunked=True, megabytes=100, at_once=1),
        "20 keys, 100 MB announced": lambda p: flood(p, headers=_key(p), chunked=False, megabytes=100, at_once=20),
        "slow headers, 1,000 clients": slow_headers,
        "slow bodies, 100 clients": slow_bodies,
        "500,000 blocks, OpenAI's": lambda p: sends(p, "/v1/chat/completions", _blocks(500_000)),
        "500,000 blocks, Anthropic's": lambda p: sends(p, "/v1/messages", _blocks(500_000)),
        "80,000 blocks": lambda p: sends(p, "/v1/messages", _blocks(80_000)),
        "10,000 blocks": lambda p: sends(p, "/v1/messages", _blocks(10_000)),
        "24 MB of JSON, /api/ai-suggestions": lambda p: sends(p, "/api/ai-suggestions/generate", nested),
        "a picture of 24 MB": lambda p: sends(p, "/v1/chat/completions", _picture()),
        "4 pictures of 24 MB": lambda p: sends(p, "/v1/chat/completions", _picture(), at_once=4),
    }


async def measure(product: Running, drill: Drill) -> Figures:
    """Runs the drill while another process asks `/livez` and looks at the server."""
    work = drill(product)  # makes the bodies, before anything is measured
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    watcher = multiprocessing.get_context("spawn").Process(target=_watch, args=(product.url, product.pid, theirs))
    watcher.start()
    ours.recv()
    begun_at = time.perf_counter()
    answers = await work
    seconds = time.perf_counter() - begun_at
    ours.send("end")
    grown_mb, disk_mb, longest_s = ours.recv()
    watcher.join()
    return Figures(
        grown_mb=grown_mb,
        disk_mb=disk_mb,
        longest_wait_ms=1000 * longest_s,
        seconds=seconds,
        answers=dict(Counter(answers)),
    )


def _watch(url: str, pid: int, pipe: Connection) -> None:
    """Asks until it is told to end; tells the growth of the memory, the size of deleted files, the longest wait."""
    base = machine.memory_mib(pid)[0]
    longest_s = grown_mb = disk_mb = 0.0
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    pipe.send("begun")
    while not pipe.poll(EVERY_S):
        asked_at = time.perf_counter()
        connection.request("GET", "/livez")
        connection.getresponse().read()
        longest_s = max(longest_s, time.perf_counter() - asked_at)
        grown_mb = max(grown_mb, machine.memory_mib(pid)[0] - base)
        disk_mb = max(disk_mb, _deleted_mb(pid))
    pipe.send((grown_mb, disk_mb, longest_s))


def _deleted_mb(pid: int) -> float:
    """The size of the deleted files that the server's processes hold open."""
    size = 0
    for one in machine.family(pid):
        for link in Path(f"/proc/{one}/fd").iterdir():
            with suppress(OSError):
                size += link.stat().st_size if "(deleted)" in os.readlink(link) else 0
    return size / MIB


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.callers", description=__doc__)
    parser.add_argument("--only", default="", help="drills whose name holds this word")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    found = {}
    for name, drill in drills().items():
        if words.only in name:
            with simulator() as vendors, gateway(vendors, database_url="", everyone=True) as product:
                asyncio.run(sends(product, "/v1/chat/completions", _chat("hello")))  # type: ignore[arg-type]
                found[name] = asyncio.run(measure(product, drill))
            if not words.json:
                row = found[name]
                print(
                    f"{name:36} +{row.grown_mb:6.0f} MB memory {row.disk_mb:6.0f} MB disk"
                    f" {row.longest_wait_ms:7.0f} ms wait {row.seconds:6.1f} s  {row.answers}",
                    flush=True,
                )
    if words.json:
        print(json.dumps({name: asdict(row) for name, row in found.items()}))


if __name__ == "__main__":
    main()
