"""Formats values for a terminal: aligned tables, times, figures and JSON."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from textwrap import fill, wrap
from typing import Any

UNKNOWN = "-"

WIDTH = 100
"""Columns of a terminal that the text of commands keeps to."""

NARROWEST = 6


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, folded: bool = False) -> str:
    """Columns under their titles, two spaces apart, each as wide as its widest cell.

    With `folded` the widest columns of a table wider than WIDTH are narrowed; their cells go on in the lines below.
    """
    lines = [tuple(titles), *(tuple(row) for row in rows)]
    columns = list(zip(*lines, strict=True))
    widths = _widths(columns) if folded else [max(map(len, column)) for column in columns]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for row in lines
        for line in zip_longest(*map(_folded, row, widths), fillvalue="")
    )


def paragraph(text: str) -> str:
    """Text in lines of at most WIDTH, cut between words."""
    return fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _widths(columns: list[tuple[str, ...]]) -> list[int]:
    """The columns' widths: words are cut only where the table does not fit otherwise."""
    widths = [max(map(len, column)) for column in columns]
    longest_words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    for floors in (longest_words, [NARROWEST] * len(columns)):
        while sum(widths) + 2 * (len(widths) - 1) > WIDTH:
            wide = [place for place, width in enumerate(widths) if width > floors[place]]
            if not wide:
                break
            widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _folded(cell: str, width: int) -> list[str]:
    return [cell] if len(cell) <= width else wrap(cell, width)


def as_json(value: object) -> str:
    """JSON: dataclasses as objects, times in ISO 8601, decimals in plain notation, other types as `str`."""
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=2)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return fields_of(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, one level deep."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def moment(at: datetime | None) -> str:
    """A time in UTC with its distance from now: "14:05:32 (in 4 min)"; "-" for None."""
    if at is None:
        return UNKNOWN
    seconds = (at - datetime.now(UTC)).total_seconds()
    distance = span(abs(seconds))
    return f"{at.astimezone(UTC):%H:%M:%S} ({f'in {distance}' if seconds >= 0 else f'{distance} ago'})"


def span(seconds: float) -> str:
    """A duration in the largest unit of which it has two: "12 s", "4 min", "2.5 h", "3 d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def milliseconds(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.0f} ms"


def percent(share: float | None) -> str:
    """A share from 0 to 1 as "98 %"; "-" for None."""
    return UNKNOWN if share is None else f"{100 * share:.0f} %"


def yes_or_no(value: bool | None) -> str:
    return UNKNOWN if value is None else ("yes" if value else "no")
