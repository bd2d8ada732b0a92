"""Our own records of a vendor account's day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import TruncHour

from llm.core.cost.parts import Part
from llm.core.reconcile.day import NONE, OurDay, Tokens, UsageLine
from llm.models import Attempt

PARTS = frozenset(map(str, Part))
PLACE = ("hour", "answered", "tier", "estimated", "unpriced")
LONGEST, NEAR = timedelta(hours=1), timedelta(minutes=1)
"""An attempt takes at most an hour. One that began longer than a minute before midnight took as long to run over it."""
MILLISECOND = timedelta(milliseconds=1)
SUMS = ("input_tokens", "cached_tokens", "cache_written_tokens", "cache_written_1h_tokens", "output_tokens", "cost_usd")


def our_day(providers: Sequence[str], day: date) -> OurDay:
    """What the providers' attempts of a UTC day used and cost, tests and probes included."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    attempts = Attempt.objects.begun(start, end).filter(provider__in=providers)
    other, charged = _other(attempts)
    into = _lines(_over(providers, start), {})
    return OurDay(
        lines=_lines(attempts, charged),
        begun_before=tuple(replace(line, hour=start) for line in into),
        ended_after=_lines(_over(providers, end), {}),
        other_usd=other,
    )


def _over(providers: Sequence[str], midnight: datetime) -> Any:
    """The attempts that ran over this midnight."""
    begun = Attempt.objects.begun(midnight - LONGEST, midnight).filter(provider__in=providers)
    near = begun.filter(Q(started_at__gte=midnight - NEAR) | Q(duration_ms__gte=NEAR / MILLISECOND))
    ran = near.values_list("pk", "started_at", "duration_ms")
    return begun.filter(pk__in=[pk for pk, at, ms in ran if at + ms * MILLISECOND >= midnight])


def _lines(attempts: Any, charged: Mapping[tuple[Any, ...], Decimal]) -> tuple[UsageLine, ...]:
    """The attempts by model, tier and hour. `charged`: what of their costs is beside tokens."""
    answered = Case(When(answered_model="", then=F("model")), default=F("answered_model"))
    rows = (
        attempts.order_by()
        .annotate(hour=TruncHour("started_at", tzinfo=UTC), answered=answered)
        .values(*PLACE)
        .annotate(requests=Count("pk"), **{f"sum_{name}": Sum(name, default=Value(0)) for name in SUMS})
    )
    lines = (_line(row, charged) for row in rows)
    return tuple(line for line in lines if line.tokens or line.usd)


def _line(row: Mapping[str, Any], charged: Mapping[tuple[Any, ...], Decimal]) -> UsageLine:
    cached, written, hourly = (int(row[f"sum_{name}"]) for name in SUMS[1:4])
    tokens = Tokens(
        input=max(0, int(row["sum_input_tokens"]) - cached - written),
        cached=cached,
        cache_written=written - hourly,
        cache_written_1h=hourly,
        output=int(row["sum_output_tokens"]),
    )
    place = tuple(row[name] for name in PLACE)
    return UsageLine(
        model=row["answered"],
        tier=row["tier"],
        hour=row["hour"],
        requests=row["requests"],
        tokens=tokens,
        estimated=tokens if row["estimated"] else NONE,
        unpriced=tokens if row["unpriced"] else NONE,
        usd=Decimal(row["sum_cost_usd"]) - charged.get(place, Decimal(0)),
    )


def _other(attempts: Any) -> tuple[dict[str, Decimal], dict[tuple[Any, ...], Decimal]]:
    """What tools cost, by name, and by the line whose cost includes it."""
    by_name: dict[str, Decimal] = defaultdict(Decimal)
    by_place: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for attempt in attempts.exclude(units={}).iterator():
        for name, usd in _beside_tokens(attempt.cost_parts or {}):
            by_name[name] += usd
            hour = attempt.started_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            model = attempt.answered_model or attempt.model
            by_place[hour, model, attempt.tier, attempt.estimated, attempt.unpriced] += usd
    return dict(by_name), dict(by_place)


def _beside_tokens(parts: Mapping[str, str]) -> Iterable[tuple[str, Decimal]]:
    return ((name, Decimal(usd)) for name, usd in parts.items() if name not in PARTS)
