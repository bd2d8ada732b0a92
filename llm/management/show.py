"""Formats values for a terminal: aligned tables, times, figures and JSON."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

UNKNOWN = "-"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns under their titles, two spaces apart, each as wide as its widest cell."""
    lines = [tuple(titles), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


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
