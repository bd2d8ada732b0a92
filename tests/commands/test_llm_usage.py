"""`llm_usage` and `llm_calls`: the same numbers as the API, and files that hold each call once."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from llm.stores.calls import rows as call_rows
from tests.commands.running import Run
from tests.stores.calls.records import NOON
from tests.stores.usage.seeing import a_mixed_call

pytestmark = pytest.mark.django_db(transaction=True)

PERIOD = ("--from", "2026-03-04", "--to", "2026-03-07")


@pytest.fixture
def calls(transactional_db: None) -> None:
    call_rows.insert([a_mixed_call(NOON + timedelta(hours=n), n, route=f"route {n % 2}") for n in range(60)])


def test_a_table_for_people(run: Run, calls: None) -> None:
    lines = run("llm_usage", *PERIOD, "--by", "route,status", "--limit", "2").out.splitlines()
    assert lines[0].split()[:3] == ["route", "status", "calls"]
    assert len(lines) == 4
    assert lines[3].startswith("others")


def test_json_and_csv_have_the_same_rows(run: Run, calls: None) -> None:
    rows = json.loads(run("llm_usage", *PERIOD, "--by", "key", "--json").out)["rows"]
    lines = list(csv.DictReader(io.StringIO(run("llm_usage", *PERIOD, "--by", "key", "--csv").out)))
    assert sum(row["calls"] for row in rows) == 54
    assert [(row["key"], str(row["calls"]), row["cost_usd"]) for row in rows] == [
        (line["key"], line["calls"], float(line["cost_usd"])) for line in lines
    ]


def test_filters_leave_their_calls(run: Run, calls: None) -> None:
    def count(*filters: str) -> int:
        only = [word for text in filters for word in ("--only", text)]
        return int(json.loads(run("llm_usage", *PERIOD, *only, "--json").out)["rows"][0]["calls"])

    assert count("route=route 1") == 27
    assert count("route=route 1", "provider=claude", "status=ok") == 4
    assert (count("team=(none)"), count("key=(none)")) == (54, 0)


def test_nothing_happened(run: Run) -> None:
    assert run("llm_usage", "--by", "model").out == "No calls in this period.\n"
    assert run("llm_usage").out.splitlines()[1].split()[0] == "0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--last", "1d", "--from", "2026-03-01"), "Give --last"),
        (("--to", "2026-03-01"), "--to needs --from"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "before"),
        (("--from", "soon"), "is not a date"),
        (("--by", "colour"), "one or two of"),
        (("--by", "day", "--limit", "3"), "--limit"),
        (("--by", "day", "--time-zone", "Asia/Kolkata"), "whole hours"),
        (("--time-zone", "Mars"), "time zone"),
        (("--only", "colour=red"), "is not one of provider"),
        (("--only", "team="), "with a value"),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, options: tuple[str, ...], words: str) -> None:
    ran = run("llm_usage", *options)
    assert ran.code > 0
    assert words in ran.err


def test_calls_go_to_a_file(run: Run, calls: None, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    assert run("llm_calls", "export", "--output", str(path), "--status", "ok").code == 0
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert {row["status"] for row in rows} == {"ok"}
    assert len({row["id"] for row in rows}) == len(rows) == 9


def test_a_folder_that_is_not_there_is_told(run: Run, calls: None, tmp_path: Path) -> None:
    ran = run("llm_calls", "export", "--output", str(tmp_path / "none" / "calls.csv"))
    assert (ran.code, "No such file" in ran.err) == (2, True)
