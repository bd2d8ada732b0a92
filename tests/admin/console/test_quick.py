"""The pages stay quick: few queries, whatever the number of rows, and small HTML."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from llm.models import Provider
from llm.stores.config.snapshot import config_store
from tests.admin.console.log import call

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12
MOST_BYTES = 100 * 1024
PAGES = {
    "overview": "/admin/",
    "its refresh": "/admin/console/now/",
    "its second half": "/admin/console/day/",
    "calls": "/admin/llm/call/",
    "calls, narrowed": "/admin/llm/call/?first=claude&error=timeout&consumer=alice&last=7d&tag=x&slower=1",
    "calls, by request id": "/admin/llm/call/?q=r-17",
    "calls, live": "/admin/llm/call/?live=1",
    "a call": "",
    "spending": "/admin/console/spend/?by=key&then=provider&period=30d",
    "spending, percentiles": "/admin/console/spend/?metric=p95&period=30d",
    "latency": "/admin/console/latency/",
    "latency of a month": "/admin/console/latency/?period=30d",
}


@pytest.fixture
def log(db: None) -> str:
    """60 calls of six providers, which are rows, in two days; the address of one."""
    for number in range(6):
        Provider.objects.create(name=f"provider-{number}", kind="openai", model="m", priority=number)
    for number in range(60):
        names = [f"provider-{(number + step) % 6}" for step in range(3)]
        tries = [(names[0], "timeout"), (names[1], "rate_limited"), (names[2], "")]
        row = call(*tries, ago=timedelta(minutes=48 * number), request_id=f"r-{number}" + "x" * 40)
    return f"/admin/llm/call/{row.pk}/change/"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_few_queries_and_bytes_with_nothing_cached(log: str, console: Client, name: str) -> None:
    config_store.current_sync()  # a process reads it when it changes, not a page
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        answer = console.get(PAGES[name] or log)
    assert answer.status_code == 200
    assert len(captured) <= MOST_QUERIES, [query["sql"][:120] for query in captured]
    assert len(answer.content) < MOST_BYTES


def test_a_refresh_within_the_time_of_the_cache_reads_no_calls(log: str, console: Client) -> None:
    console.get("/admin/console/now/")
    with CaptureQueriesContext(connection) as captured:
        console.get("/admin/console/now/")
    assert not [query["sql"] for query in captured if "llm_call" in query["sql"] or "usagesum" in query["sql"]]
