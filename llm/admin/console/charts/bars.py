"""A stacked bar chart as an SVG that the server makes: each column is a link, and no script draws it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from llm.admin.console.charts.scale import ceiling, ticks
from llm.admin.console.charts.series import Series

GAP = 0.16
"""The part of a column's width that stays empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column shows: values by a series' key, a label below, a tip, and where a click leads."""

    label: str
    tip: str
    href: str
    values: Mapping[object, float]


@dataclass(frozen=True, slots=True)
class Part:
    css: str
    y: str
    height: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: str
    tip: str
    href: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Geometry for charts/bars.html: `width` columns of width 1, heights from 0 to 100."""

    label: str
    width: int
    bar_width: str
    bars: tuple[Bar, ...]
    series: tuple[Series, ...]
    top: str
    middle: str
    ticks: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(bar.parts for bar in self.bars)


def stacked(
    columns: Sequence[Column], series: Sequence[Series], *, label: str, number: Callable[[float], str]
) -> BarChart:
    """The chart, the first series at the bottom. `number` writes the axis' values."""
    most = ceiling(max((sum(column.values.values()) for column in columns), default=0))
    return BarChart(
        label=label,
        width=max(1, len(columns)),
        bar_width=f"{1 - GAP:.2f}",
        bars=tuple(
            Bar(x=f"{place + GAP / 2:.2f}", tip=column.tip, href=column.href, parts=_parts(column, series, most))
            for place, column in enumerate(columns)
        ),
        series=tuple(series),
        top=number(most),
        middle=number(most / 2),
        ticks=ticks([column.label for column in columns]),
    )


def _parts(column: Column, series: Sequence[Series], most: float) -> tuple[Part, ...]:
    parts, base = [], 0.0
    for each in series:
        height = 100 * column.values.get(each.key, 0) / most
        if height > 0:
            base += height
            parts.append(Part(css=each.css, y=f"{100 - base:.2f}", height=f"{height:.2f}"))
    return tuple(parts)
