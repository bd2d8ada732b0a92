"""`python -m bench.resume`: streams cut at random bytes, and what their readers got, for each pair of vendors.

The first vendor's connection is closed somewhere in its stream; the second goes on. Both tell the same
text, so the whole can be compared with what an uncut stream says. Each way in which models go on is
tried: repeating their last words, straight on, from the start. A lie is a stream that looks finished and
is not the text.
"""

import argparse
import asyncio
import json
import random
from collections import Counter
from itertools import permutations

import aiohttp

from bench.processes import Running, gateway, simulator
from bench.sse import Streamed, read

VENDORS = ("claude", "gemini", "openai")
BYTES = {"claude": 4_790, "gemini": 10_800, "openai": 10_170}
"""The length of each vendor's stream of the text."""
WAYS = ("repeating", "straight", "anew")
TEXT = (
    "Bonjour ! Pour un robinet qui fuit, fermez d'abord la vanne d'arrêt sous l'évier, puis ouvrez le robinet pour "
    "vider le tuyau. Dévissez ensuite la tête avec une clé à molette et regardez le joint : s'il est fendu ou durci, "
    "changez-le.\n\n1. Coupez l'eau.\n2. Démontez la tête.\n3. Remplacez le joint.\n\nUn plombier de Djobea peut "
    "passer cet après-midi à Akwa ou à Bonapriso ; comptez entre 5 000 et 10 000 FCFA. Souhaitez-vous un rendez-vous ?"
)
QUESTION = "Mon robinet fuit, que faire ?"


class ResumeStage:
    """The running vendors and product, and the switches of a try."""

    def __init__(self, session: aiohttp.ClientSession, product: Running, vendors: Running, seed: int) -> None:
        self._session = session
        self._product, self._vendors = product, vendors
        self._chance = random.Random(seed)  # noqa: S311  where to cut is no secret

    async def prepare(self, way: str) -> None:
        """All vendors tell the text, and go on in this way."""
        for name in VENDORS:
            await self._control(name, "reply", {"text": TEXT, "continuing": way})

    async def cut(self, first: str, second: str) -> Streamed:
        """One stream, cut at a random byte."""
        await self._reset()
        await self._control(second, "fault", {"fault": "ok"})
        place = self._chance.randrange(1, BYTES[first])
        await self._control(first, "fault", {"fault": "cut", "bytes": place})
        body: dict[str, object] = {
            "model": first,
            "fallbacks": [second],
            "messages": [{"role": "user", "content": QUESTION}],
        }
        return await read(self._session, f"{self._product.url}/v1/chat/completions", body)

    async def _reset(self) -> None:
        url = f"{self._product.url}/api/llm/reset-failures"
        async with self._session.post(url, json={}) as response:
            response.raise_for_status()

    async def _control(self, vendor: str, what: str, body: dict[str, object]) -> None:
        async with self._session.post(f"{self._vendors.url}/_sim/{vendor}/{what}", json=body) as response:
            if response.status >= 400:
                raise SystemExit(f"the simulator refused {what} {body}: {await response.text()}")


def judged(got: Streamed) -> str:
    """equal, static (both were cut before a word), error (an explicit event), or a lie."""
    if got.degraded:
        return "static"
    if got.finished and not got.error:
        return "equal" if got.text == TEXT else "lie"
    return "error" if got.error else "lie"


async def _measure(product: Running, vendors: Running, streams: int, seed: int) -> dict[str, dict[str, Counter[str]]]:
    counted: dict[str, dict[str, Counter[str]]] = {}
    headers = {"Authorization": f"Bearer {product.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        stage = ResumeStage(session, product, vendors, seed)
        for way in WAYS:
            await stage.prepare(way)
            for first, second in permutations(VENDORS, 2):
                outcomes = Counter([judged(await stage.cut(first, second)) for _ in range(streams)])
                counted.setdefault(f"{first} -> {second}", {})[way] = outcomes
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.resume", description=__doc__)
    parser.add_argument("--streams", type=int, default=100, help="cut streams for each pair and way (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the places of the cuts (1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    with simulator() as vendors, gateway(vendors, database_url="", everyone=True) as product:
        counted = asyncio.run(_measure(product, vendors, words.streams, words.seed))
    if words.json:
        print(json.dumps(counted))
        return
    print(f"of {words.streams} streams cut at random bytes: whole and equal / ended with an error event / lies\n")
    print(f"{'':20}" + "".join(f"{way:>18}" for way in WAYS))
    for pair, ways in counted.items():
        cells = (f"{w['equal']} / {w['error']} / {w['lie']}" for w in (ways[way] for way in WAYS))
        print(f"{pair:20}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
