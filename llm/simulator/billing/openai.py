"""OpenAI's usage of completions and costs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from llm.simulator.billing.buckets import Asked, buckets, named, total
from llm.simulator.billing.ledger import Ledger, Served
from llm.simulator.billing.prices import prices
from llm.simulator.http.exchange import Json, Vendor

GROUPS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier")


def _value(row: Served, name: str) -> str | bool | None:
    values: dict[str, str | bool] = {
        "api_key_id": row.key_id,
        "model": row.model,
        "batch": row.tier == "batch",
        "service_tier": row.tier or "default",
    }
    return values.get(name)


def usage(ledger: Ledger, asked: Asked) -> Json:
    found, following = buckets(ledger.reported(), asked, _value, ledger.page_size)
    data = [
        _bucket(
            bucket.start,
            bucket.end,
            [
                {
                    "object": "organization.usage.completions.result",
                    **named(asked, key, GROUPS),
                    "input_tokens": total(rows, "input") + total(rows, "cached"),
                    "input_cached_tokens": total(rows, "cached"),
                    "input_cache_write_tokens": 0,
                    "output_tokens": total(rows, "output"),
                    "input_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "num_model_requests": len(rows),
                }
                for key, rows in bucket.groups
            ],
        )
        for bucket in found
    ]
    return _page(data, following)


def costs(ledger: Ledger, asked: Asked) -> Json:
    """By line item: one for each model and kind of tokens, of all tiers."""
    found, following = buckets(ledger.reported(), replace(asked, groups=("model",)), _value, ledger.page_size)
    data = [
        _bucket(
            bucket.start,
            bucket.end,
            [item for _key, rows in bucket.groups for item in _items(rows, ledger.output_factor)],
        )
        for bucket in found
    ]
    return _page(data, following)


def _items(rows: tuple[Served, ...], output_factor: float) -> Iterator[Json]:
    sums = {"input_tokens": Decimal(0), "input_cached_tokens": Decimal(0), "output_tokens": Decimal(0)}
    for row in rows:
        rates = prices(Vendor.OPENAI, row.model, row.tier)
        sums["input_tokens"] += rates.input * row.input
        sums["input_cached_tokens"] += rates.cached * row.cached
        sums["output_tokens"] += rates.output * row.output * Decimal(str(output_factor))
    for kind, usd in sums.items():
        yield {
            "object": "organization.costs.result",
            "amount": {"value": float(usd), "currency": "usd"},
            "line_item": f"{rows[0].model}, {kind}",
            "project_id": None,
        }


def _bucket(start: datetime, end: datetime, results: list[Json]) -> Json:
    return {
        "object": "bucket",
        "start_time": int(start.timestamp()),
        "end_time": int(end.timestamp()),
        "results": results,
    }


def _page(data: list[Json], following: datetime | None) -> Json:
    page = following and str(int(following.timestamp()))
    return {"object": "page", "data": data, "has_more": following is not None, "next_page": page}
