"""`python -m bench.hostile`: a vendor that sends too much of everything, to a gateway with a well one behind it.

For each kind of vendor and each attack: growth of the gateway's memory, the longest wait of `/livez` meanwhile, how
often the hostile vendor was asked, and what the caller got.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from urllib.parse import quote

import aiohttp

from bench.cost import machine
from bench.hostile.attacks import ATTACKS, Attack
from bench.processes import Running, free_port, gateway, process_of, simulator, wait_for

KINDS = ("claude", "gemini", "openai")
VARIABLES = {"claude": "ANTHROPIC_BASE_URL", "gemini": "GEMINI_BASE_URL", "openai": "OPENAI_BASE_URL"}
QUESTION = [{"role": "user", "content": "Where is the main water valve?"}]
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Growth in MiB, times in seconds. `got`: who answered, or the status or event that the caller got."""

    kind: str
    attack: str
    growth_mib: float
    longest_wait_s: float
    elapsed_s: float
    asked: int
    sent_mb: float
    got: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.hostile", description=__doc__)
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this kind; repeatable")
    parser.add_argument("--attack", action="append", choices=list(ATTACKS), help="only this one; repeatable")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    attacks = [ATTACKS[name] for name in words.attack or ATTACKS]
    rows = [row for kind in words.kind or KINDS for row in _rows(kind, attacks)]
    if words.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
        return
    print(f"{'kind':8}{'the vendor sends':34}{'growth MiB':>11}{'wait ms':>9}{'s':>7}{'asked':>7}{'MB':>8}  caller got")
    for row in rows:
        print(
            f"{row.kind:8}{row.attack:34}{row.growth_mib:11.1f}{1000 * row.longest_wait_s:9.0f}{row.elapsed_s:7.1f}"
            f"{row.asked:7d}{row.sent_mb:8.1f}  {row.got}"
        )


def _rows(kind: str, attacks: list[Attack]) -> Iterator[Row]:
    port = free_port()
    with process_of(["-m", "bench.hostile.vendor", str(port)], {}) as process, simulator() as vendors:
        wait_for(f"http://127.0.0.1:{port}/_attack/", process)
        suffix = "/v1" if kind == "openai" else ""
        hostile = {VARIABLES[kind]: f"http://127.0.0.1:{port}/{kind}{suffix}"}
        with gateway(vendors, database_url="", everyone=True, variables=hostile, worker=False) as product:
            asyncio.run(_ask(product, kind, None))  # imports and first connections
            for attack in attacks:
                yield _row(product, port, kind, attack)


def _row(product: Running, port: int, kind: str, attack: Attack) -> Row:
    asyncio.run(_prepare(product, port, attack))
    time.sleep(0.2)
    before = machine.memory_mib(product.pid)[0]
    machine.forget_peaks(product.pid)
    begun = time.perf_counter()
    with _watch(product) as watch:
        got = asyncio.run(_ask(product, kind, attack))
        elapsed_s = time.perf_counter() - begun
        time.sleep(0.2)
        waited_s = float(watch.communicate()[0])
    asked, sent = asyncio.run(_asked(port))
    return Row(
        kind=kind,
        attack=attack.name,
        growth_mib=machine.memory_mib(product.pid)[1] - before,
        longest_wait_s=waited_s,
        elapsed_s=elapsed_s,
        asked=asked,
        sent_mb=sent / 1e6,
        got=got,
    )


@contextmanager
def _watch(product: Running) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "bench.hostile.watch", product.url.rsplit(":", 1)[1]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watch:  # noqa: S603  our own
        time.sleep(0.3)
        yield watch


async def _prepare(product: Running, port: int, attack: Attack) -> None:
    """Chooses the attack, and closes the circuits that the one before has opened."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {product.key}"}) as session:
        async with session.put(f"http://127.0.0.1:{port}/_attack/{quote(attack.name)}") as response:
            response.raise_for_status()
        async with session.post(f"{product.url}/api/llm/reset-failures", json={}) as response:
            response.raise_for_status()


async def _asked(port: int) -> tuple[int, int]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/_attack/") as response:
        asked, sent = (await response.text()).split()
        return int(asked), int(sent)


async def _ask(product: Running, kind: str, attack: Attack | None) -> str:
    stream = attack is not None and attack.stream
    tokens = 1024 if stream else 60
    body: dict[str, object] = {"model": kind, "messages": QUESTION, "stream": stream, "max_tokens": tokens}
    if attack is not None and ("call" in attack.name or "arguments" in attack.name):
        body["tools"] = [TOOL]
    headers, timeout = {"Authorization": f"Bearer {product.key}"}, aiohttp.ClientTimeout(total=90)
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
        session.post(f"{product.url}/v1/chat/completions", json=body) as response,
    ):
        content = await response.read()
        if not stream:
            return f"{response.status} {response.headers.get('X-LLM-Provider', '')}"
        end = "error event" if b'"error"' in content else "whole" if content.endswith(b"[DONE]\n\n") else "cut"
        others = content.count(b" goes on")
        went_on = f", {others} went on" if others else ""
        return f"{response.headers.get('X-LLM-Provider', '')} first{went_on}, {len(content)} bytes, {end}"


if __name__ == "__main__":
    main()
