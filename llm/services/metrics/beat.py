"""Measures the delay of a server's event loop, and tells on its page how many records wait."""

import asyncio
import time

from llm.services.runtime import call_log
from llm.stores.metrics.layout import Gauge
from llm.stores.metrics.page import page

EVERY_S = 0.5
SPAN_S = 15.0
"""The longest delay of this span and of the one before is shown: a scrape every 15 s misses none."""

_beats: "dict[asyncio.AbstractEventLoop, asyncio.Task[None]]" = {}


def start() -> None:
    """Begins to measure the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _beats:
        _beats[loop] = loop.create_task(_beat())


def stop() -> None:
    """Ends the measuring of the running loop, and lets go of the page: its counters stay in the sums."""
    if (task := _beats.pop(asyncio.get_running_loop(), None)) is not None:
        task.cancel()
    page.put(Gauge.BEAT_AT, 0.0)


async def _beat() -> None:
    begun = due = time.monotonic()
    while True:
        now = time.monotonic()
        if now - begun >= SPAN_S:
            begun = now
            page.put(Gauge.LAG_BEFORE, page.get(Gauge.LAG))
            page.put(Gauge.LAG, 0.0)
        page.put(Gauge.LAG, max(page.get(Gauge.LAG), now - due))
        page.put(Gauge.BEAT_AT, now)
        page.put(Gauge.BACKLOG, call_log.backlog())
        due = time.monotonic() + EVERY_S
        await asyncio.sleep(EVERY_S)


def lag_s(cells: list[float], now: float) -> float:
    """The delay that a process's page shows; a loop that stands still shows how long it has done so."""
    beat_at = cells[Gauge.BEAT_AT]
    standing_s = now - beat_at - EVERY_S if beat_at else 0.0
    return max(cells[Gauge.LAG], cells[Gauge.LAG_BEFORE], standing_s)
