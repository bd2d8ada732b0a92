"""The load: numbered calls at both APIs, half of them streams, each sent once."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp

AT_ONCE = 8
RETRY_S = 0.05
"""Between two tries to connect while the gateway starts again. A refused connection has sent nothing."""


@dataclass(slots=True)
class Outcomes:
    """The ids of calls by what their caller saw."""

    whole: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Answered with an HTTP error."""

    @property
    def ended(self) -> int:
        return len(self.whole) + len(self.cut) + len(self.refused)


async def load(url: str, key: str, calls: int, outcomes: Outcomes, *, prefix: str) -> None:
    """Sends `calls` calls, AT_ONCE in flight, each on a connection of its own so that every worker gets some."""
    numbers = iter(range(calls))
    connector = aiohttp.TCPConnector(force_close=True, limit=2 * AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=90)
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {key}"}, connector=connector, timeout=timeout
    ) as session:
        await asyncio.gather(*(_client(session, url, numbers, outcomes, prefix) for _ in range(AT_ONCE)))


async def _client(
    session: aiohttp.ClientSession, url: str, numbers: Iterator[int], outcomes: Outcomes, prefix: str
) -> None:
    for number in numbers:
        call_id = f"{prefix}-{number}"
        path = ("/v1/chat/completions", "/v1/messages")[number % 2]
        stream = number % 4 > 1
        body = {
            "model": "openai" if number % 3 else "claude",
            "max_tokens": 100,
            "stream": stream,
            "messages": [{"role": "user", "content": f"Where is my order <{call_id}>?"}],
        }
        for _ in itertools.count():
            try:
                async with session.post(url + path, json=body, headers={"X-Request-ID": call_id}) as response:
                    text = await response.text()
                    whole = not stream or "[DONE]" in text or "message_stop" in text
                    wanted = outcomes.whole if whole else outcomes.cut
                    (wanted if response.status == 200 else outcomes.refused).add(call_id)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(RETRY_S)
                continue
            except (aiohttp.ClientError, TimeoutError):
                outcomes.cut.add(call_id)
            break
