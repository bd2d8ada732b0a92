"""OpenAI's usage of completions and costs (Administration API).

The shapes are those of the SDK: `usage_completions_response` and `usage_costs_response` of
`openai.types.admin.organization`. Usage has buckets of an hour, costs of a day, by line item:
"gpt-6.1-terra, input_tokens".
"""

import re
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
# OpenAI documents a line item as a text without a grammar (https://developers.openai.com/api/reference: Costs).
# What others quote from real reports: "gpt-5.5-2026-04-23, cached input", "gpt-audio-mini-2025-12-15 audio, input",
# "priority | gpt-5.6-sol, output, long context", and "web search tool calls" without a model.
ITEM = re.compile(r"(?:[\w ]+ \| )?(?P<model>[^,\s]+)(?: (?:audio|text|image))?, (?P<kind>[^,]+)(?:, long context)?")


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
    charges = [charge(row) for bucket in await pages.buckets(COSTS, daily, headers) for row in rows(bucket, "results")]
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


def charge(row: Row) -> Charge:
    """One row of the costs. Raises ReportUnavailable."""
    amount = part(row, "amount")
    in_dollars(text(amount, "currency") or "USD")
    usd, item = money("amount.value", amount.get("value")), text(row, "line_item")
    found = ITEM.fullmatch(item)
    kind = ITEMS.get(found["kind"]) if found else None
    return Charge(usd=usd, model=found["model"], kind=kind) if found and kind else Charge(usd=usd, what=item)
