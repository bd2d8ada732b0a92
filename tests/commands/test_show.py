"""Values as text: tables, times, JSON, lengths of time."""

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.failures.policy import ErrorClass
from llm.management.durations import duration
from llm.management.show import WIDTH, as_json, milliseconds, moment, percent, span, table, yes_or_no


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(("name", "n"), [("a", "10"), ("longer", "2")]) == "name    n\na       10\nlonger  2"


def test_a_table_without_rows_is_its_titles() -> None:
    assert table(("name", "n"), []) == "name  n"


def test_unknown_figures_are_a_dash() -> None:
    assert [milliseconds(None), percent(None), moment(None), yes_or_no(None)] == ["-"] * 4


def test_figures_carry_their_unit() -> None:
    assert [milliseconds(12.6), percent(0.995), yes_or_no(False)] == ["13 ms", "100 %", "no"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (270, "4.5 min"), (7200, "2 h"), (86400, "24 h"), (259200, "3 d")],
)
def test_a_span_is_shown_in_the_unit_that_fits(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_a_moment_shows_its_distance_from_now() -> None:
    now = datetime.now(UTC)
    assert moment(now + timedelta(minutes=5, seconds=0.5)).endswith("(in 5 min)")
    assert moment(now - timedelta(hours=3)).endswith("(3 h ago)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    reason: ErrorClass
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    inner: tuple[Inner, ...]


def test_dataclasses_become_objects_and_times_iso_text() -> None:
    value = Outer(inner=(Inner(reason=ErrorClass.TIMEOUT, at=datetime(2026, 1, 2, tzinfo=UTC)),))
    assert json.loads(as_json(value)) == {"inner": [{"reason": "timeout", "at": "2026-01-02T00:00:00+00:00"}]}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        (" 90m ", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5h", "30 days", "999999d", "30d12h"])
def test_anything_else_is_not_a_duration(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="not a duration"):
        duration(text)


def test_a_wide_table_goes_on_in_lines_below_and_keeps_its_words() -> None:
    detail = "the vendor does not answer " * 8
    shown = table(
        ("provider", "detail", "until"), [("claude", detail.strip(), "14:05"), ("gemini", "-", "-")], folded=True
    )
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert shown.count("vendor") == 8
    assert shown.splitlines()[1].endswith("14:05")
    assert shown.splitlines()[2].startswith(" " * len("provider"))


@given(st.lists(st.tuples(*[st.text("ab -_", max_size=60)] * 9), max_size=5))
def test_no_table_is_wider_than_a_terminal_and_none_loses_a_letter(rows: list[tuple[str, ...]]) -> None:
    titles = ("name",) * 9
    shown = table(titles, rows, folded=True)
    assert max(map(len, shown.splitlines())) <= WIDTH
    for letter in "ab_":
        lost = sum(cell.count(letter) for row in (titles, *rows) for cell in row) - shown.count(letter)
        assert lost == 0
