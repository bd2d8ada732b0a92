"""What probes have cost, from the call log. Synchronous ORM."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from llm.models import Attempt, Call

PROBE = "probe"
"""`Caller.origin` of every billed probe, the worker's and those made by hand."""


def spent_since(moment: datetime) -> Decimal:
    """US dollars that the probes of calls begun since `moment` have cost; unpriced models count nothing."""
    probes = Attempt.objects.begun(moment).filter(call__origin=PROBE, call__in=Call.objects.begun(moment))
    return probes.aggregate(usd=Sum("cost_usd", default=Decimal(0)))["usd"]
