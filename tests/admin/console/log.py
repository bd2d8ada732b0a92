"""Rows of the call log for the console to show, written as the gateway's writer does."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from llm.models import Attempt, Call
from llm.models.call import AttemptRows


def call(
    *tries: tuple[str, str], ago: timedelta = timedelta(minutes=5), at: datetime | None = None, **fields: Any
) -> Call:
    """A call `ago` with its tries: pairs of a provider and an error class, "" for one that answered.

    Each try takes 300 ms, its first token 100 ms; one that answered has 100 tokens in, 20 out and costs a cent.
    """
    started_at = at or timezone.now() - ago
    answered = next((name for name, error in tries if not error), "")
    defaults: dict[str, Any] = {
        "request_id": "r-1",
        "route": "default",
        "origin": "api",
        "consumer": "alice",
        "status": "ok" if answered else "failed",
        "provider": answered,
        "model": f"model of {answered}" if answered else "",
        "attempts_made": len(tries),
        "elapsed_ms": 300.0 * len(tries) + 10,
        "cost_usd": Decimal("0.01") if answered else None,
        "input_tokens": 100 if answered else 0,
        "output_tokens": 20 if answered else 0,
    }
    row: Call = Call.objects.create(started_at=started_at, **{**defaults, **fields})
    for seq, (name, error) in enumerate(tries, start=1):
        AttemptRows(Attempt).create(
            call=row,
            seq=seq,
            provider=name,
            kind=name,
            model=f"model of {name}",
            outcome="failed" if error else "ok",
            reason="first" if seq == 1 else "fallback",
            started_at=started_at + timedelta(milliseconds=300 * (seq - 1)),
            duration_ms=300.0,
            first_token_ms=None if error else 100.0,
            error_class=error,
            http_status=429 if error else None,
            message="in the vendor's words" if error else "",
            vendor_request_id=f"vendor-{row.pk}-{seq}",
            input_tokens=0 if error else 100,
            output_tokens=0 if error else 20,
            cost_usd=None if error else Decimal("0.01"),
            cost_parts=None if error else {"input": "0.008", "output": "0.002"},
            price_version="a list",
        )
    return row
