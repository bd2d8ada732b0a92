"""Anthropic's usage report and cost report (Admin API).

https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages and .../admin/cost_report/retrieve. The
usage report has buckets of an hour; the cost report of a day, in cents, without the priority tier.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from llm.adapters.reports.fields import Row, count, in_dollars, moment, money, part, rows, text
from llm.adapters.reports.pages import Pages, Query
from llm.core.reconcile.day import DEFAULT_TIER, Charge, TokenKind, Tokens, UsageLine, VendorDay

USAGE = "/v1/organizations/usage_report/messages"
COSTS = "/v1/organizations/cost_report"
VERSION = "2023-06-01"
CENTS = Decimal(100)

TIERS = {
    "": DEFAULT_TIER,
    "standard": DEFAULT_TIER,
    "flex_discount": "flex",
    "priority_on_demand": "priority",
}
"""The vendor's names that are not ours; batch, flex and priority are."""
KINDS = {
    "uncached_input_tokens": TokenKind.INPUT,
    "cache_read_input_tokens": TokenKind.CACHED,
    "cache_creation.ephemeral_5m_input_tokens": TokenKind.WRITTEN,
    "cache_creation.ephemeral_1h_input_tokens": TokenKind.WRITTEN_1H,
    "output_tokens": TokenKind.OUTPUT,
}
GROUPS = ("api_key_id", "model", "service_tier", "context_window")


async def read(pages: Pages, day: date) -> VendorDay:
    """Raises ReportUnavailable."""
    headers = {"x-api-key": pages.account.admin_key, "anthropic-version": VERSION}
    start = datetime.combine(day, time(), UTC)
    period: Query = (("starting_at", _written(start)), ("ending_at", _written(start + timedelta(days=1))))
    hourly: Query = (*period, ("bucket_width", "1h"), ("limit", "24"), *(("group_by[]", name) for name in GROUPS))
    daily: Query = (*period, ("bucket_width", "1d"), ("limit", "1"), ("group_by[]", "description"))
    lines = [
        _line(row, moment("starting_at", bucket.get("starting_at")))
        for bucket in await pages.buckets(USAGE, hourly, headers)
        for row in rows(bucket, "results")
    ]
    charges = [_charge(row) for bucket in await pages.buckets(COSTS, daily, headers) for row in rows(bucket, "results")]
    return VendorDay(day=day, lines=tuple(lines), charges=tuple(charges), uncharged_tiers=frozenset({"priority"}))


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _tier(name: str) -> str:
    return TIERS.get(name, name)


def _line(row: Row, hour: datetime) -> UsageLine:
    written = part(row, "cache_creation")
    return UsageLine(
        model=text(row, "model"),
        tier=_tier(text(row, "service_tier")),
        hour=hour,
        key_id=text(row, "api_key_id"),
        tokens=Tokens(
            input=count(row, "uncached_input_tokens"),
            cached=count(row, "cache_read_input_tokens"),
            cache_written=count(written, "ephemeral_5m_input_tokens", absent=0),
            cache_written_1h=count(written, "ephemeral_1h_input_tokens", absent=0),
            output=count(row, "output_tokens"),
        ),
    )


def _charge(row: Row) -> Charge:
    in_dollars(text(row, "currency") or "USD")
    usd = money("amount", row.get("amount")) / CENTS
    model, kind = text(row, "model"), KINDS.get(text(row, "token_type"))
    if not model or kind is None:
        what = text(row, "cost_type")
        return Charge(usd=usd, what=text(row, "description") or what if what in ("", "tokens") else what)
    return Charge(usd=usd, model=model, tier=_tier(text(row, "service_tier")), kind=kind)
