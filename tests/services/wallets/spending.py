"""Attempts with a cost or a failure, at chosen moments."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from llm.models import Attempt, Call


def attempt(provider: str, *, hours_ago: float = 0, usd: str = "0", error: str = "") -> datetime:
    """One call with one attempt, answered unless it has an error class. Returns when it began."""
    at = timezone.now() - timedelta(hours=hours_ago)
    call = Call.objects.create(request_id="r", started_at=at, route="default", origin="api", status="ok")
    outcome = "failed" if error else "ok"
    Attempt.objects.create(
        call=call, seq=1, provider=provider, kind="openai", model="m", outcome=outcome, error_class=error,
        started_at=at, cost_usd=None if error else Decimal(usd),
    )  # fmt: skip
    return at


def even_spending(provider: str, *, hours: int = 72, usd: str = "1") -> None:
    """The same cost in each of the last whole hours."""
    for place in range(1, hours + 1):
        attempt(provider, hours_ago=place, usd=usd)
