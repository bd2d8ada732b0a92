"""The call log as CSV, JSON lines and Parquet: each call once, streamed over the real server."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from django.test import Client

from llm.models import Call
from llm.services.exports import calls as export
from llm.services.exports import formats
from llm.stores.calls import rows as call_rows
from tests.conftest import Live, Person
from tests.stores.calls.records import NOON
from tests.stores.usage.seeing import a_mixed_call

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/llm/calls/export"


@pytest.fixture(autouse=True)
def calls(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 calls, several of one moment, read in batches of 3."""
    monkeypatch.setattr(export, "BATCH", 3)
    call_rows.insert([a_mixed_call(NOON + timedelta(hours=n // 5), n) for n in range(20)])
    Call.objects.filter(consumer="shop 1").update(consumer="=HYPERLINK(1)")


def _file(client: Client, admin: Person, **query: str) -> bytes:
    answer = client.get(ADDRESS, query, headers=admin.headers)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[arg-type]  # plain under WSGI


def test_csv_has_each_call_once_and_runs_nothing(client: Client, admin: Person) -> None:
    rows = list(csv.DictReader(io.StringIO(_file(client, admin).decode())))
    assert len({row["id"] for row in rows}) == len(rows) == 20
    assert {row["consumer"] for row in rows} == {"shop 0", "'=HYPERLINK(1)", "shop 2"}
    assert sum(Decimal(row["cost_usd"] or 0) for row in rows) == sum(
        usd or 0 for usd in Call.objects.values_list("cost_usd", flat=True)
    )


def test_json_lines(client: Client, admin: Person) -> None:
    rows = [json.loads(line) for line in _file(client, admin, format="jsonl", status="ok").splitlines()]
    assert {row["status"] for row in rows} == {"ok"}
    assert [row["started_at"] for row in rows] == sorted(row["started_at"] for row in rows)


def test_parquet(client: Client, admin: Person) -> None:
    arro3_io = pytest.importorskip("arro3.io")
    table = arro3_io.read_parquet(io.BytesIO(_file(client, admin, format="parquet"))).read_all()
    assert table.column_names == list(export.COLUMNS)
    stored = Call.objects.order_by("started_at", "pk")
    assert table["id"].to_pylist() == [str(call.pk) for call in stored]
    assert table["started_at"].to_pylist() == [call.started_at for call in stored]
    assert table["cost_usd"].to_pylist() == [call.cost_usd for call in stored]


def test_a_period(client: Client, admin: Person) -> None:
    times = {"from": "2026-03-04T13:00:00Z", "to": "2026-03-04T14:00:00Z"}
    assert len(_file(client, admin, **times).splitlines()) == 1 + 5


def test_without_its_packages_parquet_names_them(
    client: Client, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    answer = client.get(ADDRESS, {"format": "parquet"}, headers=admin.headers)
    assert answer.status_code == 400
    assert "requirements-parquet.txt" in answer.json()["error"]["details"]["format"][0]


def test_the_server_sends_it_in_pieces(live: Live, admin: Person) -> None:
    pieces: list[Any] = []
    with httpx2.stream("GET", f"{live.url}{ADDRESS}", headers=admin.headers) as answer:
        assert answer.status_code == 200
        pieces.extend(answer.iter_raw())
    assert len(b"".join(pieces).splitlines()) == 21
