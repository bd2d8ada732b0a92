"""`python -m bench.routing.hedged_calls`: the calls of the hedging drill, in a process of their own; prints JSON.

The gateway's own service asks two simulated accounts over real HTTP and records in the database of `DATABASE_URL`.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from bench.routing.apart import print_figures
from llm.simulator import Simulator
from llm.simulator.faults.catalogue import Fault, FaultName

if TYPE_CHECKING:
    from llm.models import Attempt

SCALE = 0.5
"""Seconds of the drill for one second of a vendor."""
USUAL_S, SLOW_S, SLOW_SHARE = 0.6, 10.0, 0.05
"""Seconds to the first token, of 95 and of 5 in 100 calls."""
CALLS, AT_ONCE = 600, 6
QUESTION, ANSWER = "Mon robinet fuit, que faire ? " * 30, "Fermez la vanne, puis changez le joint. " * 30
ACCOUNTS = ("first", "second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of calls: seconds to the caller's first token, and the recorded attempts by call."""

    first_tokens_s: list[float]
    attempts: "list[Attempt]"


def _set_up(vendors: Simulator) -> None:
    from llm.models import Provider, Route
    from llm.services.providers import set_api_key

    Route.objects.update_or_create(name="default", defaults={"hedge": False})
    for place, name in enumerate(ACCOUNTS):
        url = vendors.add_account(name, "claude")
        row = Provider.objects.create(name=name, kind="claude", model="claude-sonnet-4-5", base_url=url, priority=place)
        set_api_key(row, "simulated-key")
        vendors.reply(name, ANSWER, chunks=8, first_token=USUAL_S * SCALE)
        extra_s = (SLOW_S - USUAL_S) * SCALE
        slow = Fault(name=FaultName.SLOW_FIRST_TOKEN, delay=extra_s, probability=SLOW_SHARE, seed=10 + place)
        vendors.faults(name, [slow])


async def _measured(vendors: Simulator) -> dict[str, Any]:
    from asgiref.sync import sync_to_async

    from llm.stores.capacity.here import capacity_store

    without = await _round()
    await sync_to_async(_hedge)()
    vendors.forget()
    usual = capacity_store.read()[ACCOUNTS[0]].first_token
    hedged = await _round()
    abandoned = sum(vendors.counts(name).abandoned for name in ACCOUNTS)
    return _figures(without, hedged, max(one.p90 for one in usual.values()), abandoned)


def _hedge() -> None:
    from llm.models import Route

    Route.objects.update_or_create(name="default", defaults={"hedge": True})


async def _round() -> Round:
    from asgiref.sync import sync_to_async

    from llm.models import Attempt
    from llm.services import runtime

    times: list[float] = []
    left = iter(range(CALLS))

    async def caller() -> None:
        for _ in left:
            times.append(await _first_token_s())

    seen = await sync_to_async(lambda: set(Attempt.objects.values_list("pk", flat=True)))()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    await sync_to_async(runtime.call_log.flush)()
    rows = await sync_to_async(lambda: list(Attempt.objects.exclude(pk__in=seen).order_by("call_id", "seq")))()
    return Round(first_tokens_s=times, attempts=rows)


async def _first_token_s() -> float:
    from llm.core.chat.request import ChatRequest, Role, message
    from llm.core.chat.response import TextDelta
    from llm.services.calls.run import stream

    began, first = monotonic(), None
    async for event in stream(ChatRequest(messages=(message(Role.USER, QUESTION),), max_tokens=500)):
        if first is None and isinstance(event, TextDelta):
            first = monotonic() - began
    assert first is not None  # noqa: S101  a call ends with an answer, here with the static one at worst
    return first


def _figures(without: Round, hedged: Round, p90_s: float, abandoned: int) -> dict[str, Any]:
    lost = [one for one in hedged.attempts if one.outcome == "hedged"]
    rivals = [one for one in hedged.attempts if one.reason == "hedge"]
    cost = sum(float(one.cost_usd or 0) for one in hedged.attempts)
    extra = sum(float(one.cost_usd or 0) for one in lost)
    before, after = _p99(without.first_tokens_s), _p99(hedged.first_tokens_s)
    cancelled_ms = [_cancelled_ms(loser, _winner(loser, hedged)) for loser in lost]
    return {
        "calls": CALLS,
        "scale": SCALE,
        "slow_share": SLOW_SHARE,
        "p50_without_s": round(_percentile(without.first_tokens_s, 50) / SCALE, 2),
        "p50_hedged_s": round(_percentile(hedged.first_tokens_s, 50) / SCALE, 2),
        "p99_without_s": round(before / SCALE, 2),
        "p99_hedged_s": round(after / SCALE, 2),
        "p99_falls_by": round(1 - after / before, 3),
        "usual_p90_s": round(p90_s / SCALE, 2),
        "second_asked": len(rivals),
        "losers_on_record": len(lost),
        "losers_seen_by_vendor": abandoned,
        "extra_spend": round(extra / (cost - extra), 4),
        "cap": 0.02,
        "cancelled_ms_p50": round(_percentile(cancelled_ms, 50), 1) if lost else None,
        "cancelled_ms_max": round(max(cancelled_ms), 1) if lost else None,
    }


def _winner(loser: "Attempt", hedged: Round) -> "Attempt":
    return next(one for one in hedged.attempts if one.call_id == loser.call_id and one.outcome == "ok")


def _cancelled_ms(loser: "Attempt", winner: "Attempt") -> float:
    """Milliseconds from the winner's first token to the end of the loser, its connection closed."""
    between_ms = (loser.started_at - winner.started_at).total_seconds() * 1000
    return float(between_ms + loser.duration_ms - (winner.first_token_ms or 0))


def _p99(values: list[float]) -> float:
    return _percentile(values, 99)


def _percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


if __name__ == "__main__":
    print_figures(_set_up, _measured)
