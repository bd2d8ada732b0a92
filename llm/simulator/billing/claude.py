"""Anthropic's usage report and cost report."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from llm.simulator.billing.buckets import Asked, buckets, named, total
from llm.simulator.billing.ledger import Ledger, Served
from llm.simulator.billing.prices import prices
from llm.simulator.http.exchange import Json, Vendor

GROUPS = ("api_key_id", "workspace_id", "model", "service_tier", "context_window")
UNCHARGED = "priority"


def _value(row: Served, name: str) -> str | None:
    values = {
        "api_key_id": row.key_id,
        "model": row.model,
        "service_tier": row.tier or "standard",
        "context_window": "0-200k",
    }
    return values.get(name)


def usage(ledger: Ledger, asked: Asked) -> Json:
    found, following = buckets(ledger.reported(), asked, _value, ledger.page_size)
    data = [
        {
            "starting_at": _written(bucket.start),
            "ending_at": _written(bucket.end),
            "results": [
                {
                    **named(asked, key, GROUPS),
                    "uncached_input_tokens": total(rows, "input"),
                    "cache_read_input_tokens": total(rows, "cached"),
                    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
                    "output_tokens": total(rows, "output"),
                    "server_tool_use": {"web_search_requests": 0},
                }
                for key, rows in bucket.groups
            ],
        }
        for bucket in found
    ]
    return _page(data, following)


def costs(ledger: Ledger, asked: Asked) -> Json:
    """By description: one item for each model, tier and kind of tokens, in cents. Without the priority tier."""
    charged = [row for row in ledger.reported() if row.tier != UNCHARGED]
    by_model = Asked(
        start=asked.start, end=asked.end, width=asked.width, limit=asked.limit, page=asked.page,
        groups=("model", "service_tier"),
    )  # fmt: skip
    found, following = buckets(charged, by_model, _value, ledger.page_size)
    data = [
        {
            "starting_at": _written(bucket.start),
            "ending_at": _written(bucket.end),
            "results": [item for _key, rows in bucket.groups for item in _items(rows, ledger.output_factor)],
        }
        for bucket in found
    ]
    return _page(data, following)


def _items(rows: tuple[Served, ...], output_factor: float) -> Iterator[Json]:
    first = rows[0]
    rates = prices(Vendor.CLAUDE, first.model, first.tier)
    sums = {
        "uncached_input_tokens": rates.input * total(rows, "input"),
        "cache_read_input_tokens": rates.cached * total(rows, "cached"),
        "output_tokens": rates.output * total(rows, "output") * Decimal(str(output_factor)),
    }
    for kind, usd in sums.items():
        yield {
            "amount": f"{usd * 100:.6f}",
            "currency": "USD",
            "cost_type": "tokens",
            "token_type": kind,
            "model": first.model,
            "service_tier": first.tier or "standard",
            "context_window": "0-200k",
            "description": f"{first.model} usage - {kind}",
            "workspace_id": None,
        }


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _page(data: list[Json], following: datetime | None) -> Json:
    return {"data": data, "has_more": following is not None, "next_page": following and _written(following)}
