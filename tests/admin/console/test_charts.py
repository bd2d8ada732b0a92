"""The geometry of the charts, as values."""

import pytest

from llm.admin.console.charts.bars import Column, stacked
from llm.admin.console.charts.lines import Moment, line_chart
from llm.admin.console.charts.scale import MOST_TICKS, ceiling, ticks
from llm.admin.console.charts.series import PALETTE, Series, colours

A, B = (Series(key=key, label=key, css=key) for key in "ab")


@pytest.mark.parametrize(
    ("most", "end"), [(0, 1), (1, 1), (7, 8), (0.013, 0.02), (162, 200), (200, 200), (950, 1000), (9001, 10_000)]
)
def test_an_axis_ends_at_a_short_number_that_reaches_the_most(most: float, end: float) -> None:
    assert ceiling(most) == pytest.approx(end)


def test_labels_are_thinned_evenly() -> None:
    shown = [label for label in ticks([str(n) for n in range(24)]) if label]
    assert shown == ["0", "4", "8", "12", "16", "20"]
    assert len(shown) <= MOST_TICKS
    assert ticks(["a", "b"]) == ("a", "b")


def test_parts_of_a_column_stand_on_each_other_and_empty_ones_are_left_out() -> None:
    columns = [
        Column(label="1", tip="", href="", values={"a": 30, "b": 10}),
        Column(label="2", tip="", href="", values={"b": 40}),
    ]
    chart = stacked(columns, [A, B], label="", number=str)
    full, half = chart.bars
    assert [(part.css, part.y, part.height) for part in full.parts] == [("a", "25.00", "75.00"), ("b", "0.00", "25.00")]
    assert [(part.css, part.y, part.height) for part in half.parts] == [("b", "0.00", "100.00")]
    assert not chart.is_empty
    assert stacked([Column(label="", tip="", href="", values={"a": 0})], [A], label="", number=str).is_empty


def test_a_gap_in_the_values_is_a_gap_in_the_line_and_a_lone_value_is_a_point() -> None:
    moments = [Moment(label="", tip="", href="")] * 5
    chart = line_chart(moments, [(A, [10, 5, None, 2.5, None])], label="", number=str)
    assert chart.lines[0].paths == ("0.5,0.0 1.5,50.0",)
    assert chart.lines[0].points == (("3.5", "75.0"),)


def test_each_name_has_a_colour_and_the_palette_begins_again() -> None:
    names = [str(n) for n in range(PALETTE + 1)]
    assert len(set(colours(names).values())) == PALETTE
    assert colours(names)[names[-1]] == colours(names)[names[0]]
