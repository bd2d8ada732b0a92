"""Replays the call log without one provider: reads rows, applies `llm.core.routing.whatif`, compares the results."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Prefetch

from llm.core.calls import CallStatus, Outcome
from llm.core.chat.response import Usage
from llm.core.exceptions import UnknownProvider
from llm.core.routing.config import Config
from llm.core.routing.restrategy import Restrategy, replay_strategy
from llm.core.routing.strategies.strategy import Strategy
from llm.core.routing.whatif import Price, RecordedCall, RecordedTry, WhatIf, replay
from llm.models import Attempt, Call
from llm.stores import prices
from llm.stores.config.snapshot import config_store
from llm.stores.usage.rows import TEST_ORIGINS

MOST_CALLS = 50_000
"""Beyond this number shares and medians hardly change; the replay only takes longer."""
CHUNK = 1_000

ESTIMATED = (
    "Substitutes answer with the success rate and the median time that they had in this period.",
    "A provider that was skipped or failed in a call counts as out for that call; last resorts are left out.",
    "Costs are the same tokens at the substitute's price, with a cold cache; other vendors count tokens differently.",
    "Capabilities (tools, images, JSON) and a caller's own choice of providers are not recorded, so they are ignored.",
    "Providers and routes are those configured now.",
)
"""The assumptions behind the figures, shown with them."""
LIMITS_UNKNOWN = (
    "Limits and caches of that time are not recorded: every provider counts as roomy, and every prefix as cold. "
    "The time of whole answers stands for that of first tokens."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`cut_off`: the period has more calls than MOST_CALLS, and only the latest are replayed."""

    since: datetime
    until: datetime
    cut_off: bool
    result: WhatIf
    unknown: tuple[str, ...]
    """Substitutes without an attempt in the period: assumed to answer always, in an unknown time."""
    estimated: tuple[str, ...] = ESTIMATED


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyReplay:
    """The replay under another strategy. `cut_off` as in `Replay`."""

    since: datetime
    until: datetime
    cut_off: bool
    result: Restrategy
    estimated: tuple[str, ...] = (*ESTIMATED, LIMITS_UNKNOWN)


def what_if(down: str, *, last: timedelta) -> Replay:
    """Replays the calls of the `last` period without the provider `down`; tests and probes are left out.

    Reads up to MOST_CALLS rows. Raises UnknownProvider.
    """
    config = config_store.current_sync()
    if down not in config.providers:
        raise UnknownProvider(down, config.providers)
    until = datetime.now(UTC)
    since = until - last
    calls, cut_off = _recorded(since, until)
    result = replay(
        calls,
        down=down,
        candidates=config.candidates,
        routes=config.routes,
        price=_price(config),
        now=until,
    )
    unknown = tuple(item.provider for item in result.substitutes if not item.evidence.tries)
    return Replay(since=since, until=until, cut_off=cut_off, result=result, unknown=unknown)


def what_if_strategy(strategy: Strategy, *, last: timedelta) -> StrategyReplay:
    """Replays the answered calls of the `last` period under another strategy; tests and probes are left out.

    Reads up to MOST_CALLS rows.
    """
    config = config_store.current_sync()
    until = datetime.now(UTC)
    calls, cut_off = _recorded(until - last, until)
    result = replay_strategy(
        calls, strategy=strategy, candidates=config.candidates, routes=config.routes, price=_price(config), now=until
    )
    return StrategyReplay(since=until - last, until=until, cut_off=cut_off, result=result)


def _price(config: Config) -> Price:
    """The price of tokens at a provider, the operators' own prices first."""
    return lambda candidate, usage: prices.cost(
        candidate.kind, candidate.model, usage, provider=candidate.name, own=config.prices
    )


def _recorded(since: datetime, until: datetime) -> tuple[list[RecordedCall], bool]:
    rows = (
        Call.objects.begun(since, until)
        .exclude(origin__in=TEST_ORIGINS)
        .order_by("-started_at")
        .defer("prompt", "answer")
        .prefetch_related(Prefetch("attempts", queryset=Attempt.objects.order_by("seq")))
    )
    calls = [_call(row) for row in rows[: MOST_CALLS + 1].iterator(chunk_size=CHUNK)]
    return calls[:MOST_CALLS], len(calls) > MOST_CALLS


def _call(row: Call) -> RecordedCall:
    return RecordedCall(
        id=str(row.pk),
        route=row.route,
        stream=row.stream,
        status=CallStatus(row.status),
        provider=row.provider,
        tries=tuple(_try(attempt) for attempt in row.attempts.all()),
        passed_over=frozenset(str(skip["provider"]) for skip in row.skips),
    )


def _try(row: Attempt) -> RecordedTry:
    return RecordedTry(
        provider=row.provider,
        outcome=Outcome(row.outcome),
        duration_ms=row.duration_ms,
        usage=Usage(
            input=row.input_tokens,
            output=row.output_tokens,
            cached=row.cached_tokens,
            cache_written=row.cache_written_tokens,
            reasoning=row.reasoning_tokens,
        ),
        cost_usd=None if row.cost_usd is None else Decimal(row.cost_usd),
    )
