"""The table and its verdict."""

import pytest

from bench.availability.figures import Figures
from bench.availability.report import as_json, table
from bench.availability.vendors import Shape
from bench.availability.years import GATEWAY, Year

YEAR = Year(outages="long", shape=Shape.ERRORS, per_second=1.0, seed=1, days=2.0)


def figures(static: int) -> Figures:
    return Figures(answers={"claude": 100_000 - static}, static=static, lost_s=7200.0, vain=1234)


@pytest.mark.parametrize(
    ("static", "verdict"),
    [
        (50, "the aim of 99.95% is met."),
        (51, "the aim of 99.95% is missed; the promise of 99.9% is kept."),
        (101, "the aim of 99.95% is missed; the promise of 99.9% is broken."),
    ],
)
def test_the_table_ends_with_the_verdict_on_the_worst_year(static: int, verdict: str) -> None:
    worst = Year(outages="long", shape=Shape.WALLET, per_second=1.0, seed=1, days=2.0)
    text = table({YEAR: {GATEWAY: figures(0)}, worst: {GATEWAY: figures(static)}})
    assert text.endswith(verdict)


def test_a_line_has_the_figures_of_a_system() -> None:
    text = table({YEAR: {GATEWAY: figures(0), "Claude alone": figures(1000)}})
    (line,) = [line for line in text.splitlines() if "Claude alone" in line]
    assert line.split() == ["Claude", "alone", "99.0000%", "1.0000%", "2.0", "1,234", "0", "0"]


def test_the_json_names_the_year_and_the_system() -> None:
    (row,) = as_json({YEAR: {GATEWAY: figures(500)}})
    assert (row["outages"], row["shape"], row["per_second"], row["days"]) == ("long", "errors", 1.0, 2.0)
    assert (row["system"], row["share_answered"], row["static"]) == (GATEWAY, 0.995, 500)
