"""One answer to a scraper: what this machine's processes count, what the stores know, what the database sums."""

import asyncio
import time
from collections.abc import Iterable
from datetime import timedelta

import structlog
from asgiref.sync import sync_to_async
from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from llm.incidents import Incident
from llm.models import Budget, Reconciliation
from llm.services.metrics import families
from llm.services.metrics.families import Money
from llm.services.metrics.totals import Counted, shared_totals
from llm.services.runtime import clock
from llm.services.status import current_standings
from llm.services.wallets.state import recent_wallets
from llm.stores.budgets.state import used_shares
from llm.stores.capacity.here import capacity_store
from llm.stores.circuits.store import circuit_store
from llm.stores.metrics.pages import read_pages
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
DATABASE_TIMEOUT_S = 5.0
"""A scraper commonly gives up after 10 s. What the database would have told is then missing."""
DRIFT_DAYS = 7
"""Older comparisons are not shown."""
MOST_BUDGETS = 200
"""Budgets that are looked at."""

without_database = Incident("metrics_without_database", log)


class _Fixed(Collector):
    """Families that are there already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def scrape() -> bytes:
    """All metrics in Prometheus' text format; without those of the database when it does not answer in time."""
    standings = await current_standings()
    found: tuple[Counted, Money] | None = None
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            found = await sync_to_async(_of_database, thread_sensitive=False)()
    except (TimeoutError, *UNAVAILABLE) as error:
        without_database.note(error=type(error).__name__)
    metrics = [
        *families.of_processes(read_pages(), time.monotonic()),
        *families.of_providers(standings, capacity_store.read(), store_up=circuit_store.offline_since is None),
        families.of_database(found is not None),
    ]
    if found is not None:
        counted, money = found
        metrics += families.of_totals(counted.totals, max(0.0, time.time() - counted.at))
        metrics += families.of_money(money)
    registry = CollectorRegistry()
    registry.register(_Fixed(metrics))
    return generate_latest(registry)


def _of_database() -> tuple[Counted, Money]:
    """Closes the connection: Django closes it at the end of a request, and this thread serves none."""
    try:
        return shared_totals.read(), _money()
    finally:
        connection.close()


def _money() -> Money:
    now = clock.now()
    drift: dict[str, float] = {}
    compared = Reconciliation.objects.filter(day__gte=now.date() - timedelta(days=DRIFT_DAYS)).order_by("day")
    for account, share in compared.values_list("account", "share"):
        drift[account] = share
    budgets = Budget.objects.filter(enabled=True).order_by("name")[:MOST_BUDGETS]
    return Money(wallets=recent_wallets.read(wait=False), budgets=used_shares(budgets, now), drift=drift)
