"""Vendors' own reports of a day's usage and costs: kind -> the reader that asks for it with an admin key."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from llm.adapters.reports import claude, openai
from llm.adapters.reports.pages import Pages, ReportAccount
from llm.core.reconcile.day import VendorDay

__all__ = ["READERS", "ReportAccount", "read_day"]

READERS: Mapping[str, Callable[[Pages, date], Awaitable[VendorDay]]] = {"claude": claude.read, "openai": openai.read}
"""Google has no such report over HTTP; its billing export is read from a file: `google_csv.py`."""


async def read_day(account: ReportAccount, day: date) -> VendorDay:
    """The vendor's report of one UTC day. Raises ReportUnavailable; KeyError for a kind that has no reader."""
    async with Pages(account) as pages:
        return await READERS[account.kind](pages, day)
