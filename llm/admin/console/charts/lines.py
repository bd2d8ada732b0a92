"""A line chart as an SVG that the server makes. A gap in the values is a gap in the line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llm.admin.console.charts.scale import ceiling, ticks
from llm.admin.console.charts.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    css: str
    paths: tuple[str, ...]
    points: tuple[tuple[str, str], ...]
    """Values without a neighbour, which no path shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a reader points at: one moment, with all lines' values in its tip."""

    x: int
    tip: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """Geometry for charts/lines.html: moments 1 apart, heights from 0 to 100."""

    label: str
    width: int
    lines: tuple[Line, ...]
    bands: tuple[Band, ...]
    series: tuple[Series, ...]
    top: str
    middle: str
    ticks: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(line.paths or line.points for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    label: str
    tip: str
    href: str


def line_chart(
    moments: Sequence[Moment],
    lines: Sequence[tuple[Series, Sequence[float | None]]],
    *,
    label: str,
    number: Callable[[float], str],
) -> LineChart:
    """The chart; each line has a value for each moment, or None."""
    most = ceiling(max((value for _, values in lines for value in values if value is not None), default=0))
    return LineChart(
        label=label,
        width=max(1, len(moments)),
        lines=tuple(_line(series.css, values, most) for series, values in lines),
        bands=tuple(Band(x=place, tip=moment.tip, href=moment.href) for place, moment in enumerate(moments)),
        series=tuple(series for series, _ in lines),
        top=number(most),
        middle=number(most / 2),
        ticks=ticks([moment.label for moment in moments]),
    )


def _line(css: str, values: Sequence[float | None], most: float) -> Line:
    runs: list[list[tuple[str, str]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((f"{place + 0.5:.1f}", f"{100 - 100 * value / most:.1f}"))
    return Line(
        css=css,
        paths=tuple(" ".join(",".join(point) for point in run) for run in runs if len(run) > 1),
        points=tuple(run[0] for run in runs if len(run) == 1),
    )
