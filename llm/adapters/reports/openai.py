"""OpenAI's usage of completions and costs (Administration API).

The shapes are those of the SDK: `usage_completions_response` and `usage_costs_response` of
`openai.types.admin.organization`. Usage has buckets of an hour; costs have buckets of a day, by line item:
"gpt-6.1-terra, input_tokens".
"""

from datetime import UTC, date, datetime, time, timedelta

from llm.adapters.reports.fields import Row, count, in_dollars, moment, money, part, rows, text
from llm.adapters.reports.pages import Pages, Query
from llm.core.reconcile.day import DEFAULT_TIER, Charge, TokenKind, Tokens, UsageLine, VendorDay

USAGE = "/organization/usage/completions"
COSTS = "/organization/costs"
TIERS = {"": DEFAULT_TIER, "default": DEFAULT_TIER, "auto": DEFAULT_TIER, "standard": DEFAULT_TIER}
GROUPS = ("api_key_id", "model", "batch", "service_tier")
ITEMS = {
    "input": TokenKind.INPUT,
    "input_tokens": TokenKind.INPUT,
    "cached input": TokenKind.CACHED,
    "cached_input": TokenKind.CACHED,
    "cached_input_tokens": TokenKind.CACHED,
    "input_cached_tokens": TokenKind.CACHED,
    "input_cache_write_tokens": TokenKind.WRITTEN,
    "output": TokenKind.OUTPUT,
    "output_tokens": TokenKind.OUTPUT,
}
"""The second half of a line item; others are charges of their own."""


async def read(pages: Pages, day: date) -> VendorDay:
    """Raises ReportUnavailable."""
    headers = {"Authorization": f"Bearer {pages.account.admin_key}"}
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    period: Query = (("start_time", f"{start.timestamp():.0f}"), ("end_time", f"{end.timestamp():.0f}"))
    hourly: Query = (*period, ("bucket_width", "1h"), ("limit", "24"), *(("group_by[]", name) for name in GROUPS))
    daily: Query = (*period, ("bucket_width", "1d"), ("limit", "1"), ("group_by[]", "line_item"))
    lines = [
        _line(row, moment("start_time", bucket.get("start_time")))
        for bucket in await pages.buckets(USAGE, hourly, headers)
        for row in rows(bucket, "results")
    ]
    charges = [_charge(row) for bucket in await pages.buckets(COSTS, daily, headers) for row in rows(bucket, "results")]
    return VendorDay(day=day, lines=tuple(lines), charges=tuple(charges))


def _line(row: Row, hour: datetime) -> UsageLine:
    """`input_tokens` includes what was read from the cache and written to it."""
    cached, written = count(row, "input_cached_tokens", absent=0), count(row, "input_cache_write_tokens", absent=0)
    tier = text(row, "service_tier")
    return UsageLine(
        model=text(row, "model"),
        tier="batch" if row.get("batch") is True else TIERS.get(tier, tier),
        hour=hour,
        key_id=text(row, "api_key_id"),
        requests=count(row, "num_model_requests"),
        tokens=Tokens(
            input=max(0, count(row, "input_tokens") - cached - written),
            cached=cached,
            cache_written=written,
            output=count(row, "output_tokens"),
        ),
    )


def _charge(row: Row) -> Charge:
    amount = part(row, "amount")
    in_dollars(text(amount, "currency") or "USD")
    usd, item = money("amount.value", amount.get("value")), text(row, "line_item")
    model, _, name = item.rpartition(", ")
    kind = ITEMS.get(name)
    return Charge(usd=usd, model=model, kind=kind) if model and kind else Charge(usd=usd, what=item)
