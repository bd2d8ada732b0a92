"""The clients of `bench.outage`: they ask the gateway, switch Claude's faults, and keep every answer."""

import asyncio
import time
from dataclasses import dataclass

import aiohttp

from bench.cost.bodies import BODY
from bench.processes import Running

CLIENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAnswer:
    """One request: when it was sent (seconds on the monotonic clock), who answered ("" when nobody did)."""

    sent: float
    provider: str
    attempts: int
    elapsed_s: float


class Clients:
    """Four clients, each with a connection of its own for every request, so that every worker gets some."""

    def __init__(self, session: aiohttp.ClientSession, product: Running, vendors: Running) -> None:
        self._session = session
        self._url = f"{product.url}/v1/chat/completions"
        self._headers = {"Authorization": f"Bearer {product.key}"}
        self._control = f"{vendors.url}/_sim/claude"
        self.answers: list[ClientAnswer] = []
        self.every_s = 1.0
        self._over = False

    async def ask(self) -> ClientAnswer:
        sent = time.monotonic()
        try:
            async with self._session.post(self._url, json=BODY, headers=self._headers) as response:
                await response.read()
                provider = response.headers.get("x-llm-provider", "") if response.status == 200 else ""
                attempts = int(response.headers.get("x-llm-attempts", 0))
        except (aiohttp.ClientError, TimeoutError):
            provider, attempts = "", 0
        answer = ClientAnswer(sent=sent, provider=provider, attempts=attempts, elapsed_s=time.monotonic() - sent)
        self.answers.append(answer)
        return answer

    async def keep_asking(self) -> None:
        """One client, until `stop`."""
        due = time.monotonic()
        while not self._over:
            await self.ask()
            due = max(due + self.every_s, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    def stop(self) -> None:
        self._over = True

    async def burst(self, requests: int) -> list[ClientAnswer]:
        """`requests` as fast as four clients get their answers."""
        left = iter(range(requests))

        async def one() -> list[ClientAnswer]:
            return [await self.ask() for _ in left]

        return [answer for answers in await asyncio.gather(*(one() for _ in range(CLIENTS))) for answer in answers]

    async def break_claude(self, fault: str) -> None:
        async with self._session.post(f"{self._control}/fault", data=fault) as response:
            response.raise_for_status()

    async def heal_claude(self) -> None:
        async with self._session.delete(f"{self._control}/fault") as response:
            response.raise_for_status()

    async def calls(self, what: str = "completions") -> int:
        """How many of them Claude has seen; `models` are the unbilled probes."""
        async with self._session.get(self._control) as response:
            return int((await response.json())["accounts"]["claude"]["calls"][what])
