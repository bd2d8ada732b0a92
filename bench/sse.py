"""One streamed answer as a client sees it: its text, how it ended, when its first word came."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """`finished`: a finish reason and `[DONE]` came. `error`: the code of an error event, "" without one.

    `degraded`: it is the static answer. `first_word_s`: seconds from the request to the first text; None when
    none came.
    """

    text: str
    finished: bool
    error: str
    degraded: bool
    first_word_s: float | None
    elapsed_s: float


async def read(session: aiohttp.ClientSession, url: str, body: Mapping[str, object]) -> Streamed:
    """Asks and reads to the end. Raises aiohttp.ClientError for anything but a stream that ends."""
    started = time.perf_counter()
    first: float | None = None
    pieces: list[str] = []
    reason, done, error = None, False, ""
    async with session.post(url, json={**body, "stream": True}) as response:
        response.raise_for_status()
        degraded = response.headers.get("x-llm-degraded") == "true"
        async for line in response.content:
            if not line.startswith(b"data: "):
                continue
            if line.strip() == b"data: [DONE]":
                done = True
                continue
            event = json.loads(line[len(b"data: ") :])
            if "error" in event:
                error = str(event["error"].get("code"))
                continue
            for choice in event["choices"]:
                reason = choice.get("finish_reason") or reason
                if text := choice["delta"].get("content"):
                    first = first if first is not None else time.perf_counter() - started
                    pieces.append(text)
    return Streamed(
        text="".join(pieces),
        finished=done and reason is not None,
        error=error,
        degraded=degraded,
        first_word_s=first,
        elapsed_s=time.perf_counter() - started,
    )
