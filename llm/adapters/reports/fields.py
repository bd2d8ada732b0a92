"""Reads fields of a report's rows; a missing or wrong one is named."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from llm.core.exceptions import ReportUnavailable

Row = Mapping[str, Any]
MOST = 10**18
"""Beyond any year of any vendor; a larger number is no count."""


def wrong(name: str, value: object) -> ReportUnavailable:
    shown = repr(value)
    return ReportUnavailable(f"The report has an unusable {name}: {shown[:60]}.")


def count(row: Row, name: str, *, absent: int | None = None) -> int:
    """A whole number, 0 or more. `absent` is what a missing or null field says; None: it must be there."""
    value = row.get(name)
    if value is None and absent is not None:
        return absent
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise wrong(name, value)
    return value


def text(row: Row, name: str) -> str:
    """A string; "" for a missing or null one."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise wrong(name, value)
    return value


def rows(row: Row, name: str) -> list[Row]:
    value = row.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise wrong(name, value)
    return value


def part(row: Row, name: str) -> Row:
    """An object; an empty one for a missing or null field."""
    value = row.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(name, value)
    return value


def money(name: str, value: object) -> Decimal:
    """A sum of money, from a number or a decimal string."""
    try:
        amount = Decimal(str(value)) if isinstance(value, int | float | str) and value is not True else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or abs(amount) > MOST:
        raise wrong(name, value)
    return amount


def moment(name: str, value: object) -> datetime:
    """A time in UTC, from unix seconds or RFC 3339."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            found = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise wrong(name, value)


def in_dollars(currency: str) -> None:
    """Raises ReportUnavailable for another currency: our costs are in US dollars."""
    if currency.upper() != "USD":
        raise ReportUnavailable(f"The report is in {currency or 'no currency'}, not in USD.")
