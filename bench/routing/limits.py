"""Three accounts with limits of 100, 50 and 25 a minute, and 160 requests a minute for ten minutes."""

from collections import Counter
from heapq import heappop, heappush
from itertools import count
from random import Random

from bench.routing.accounts import Account, Bucket, Knowledge, Rolling
from bench.routing.drill import Drill, Result, Value, at_most
from bench.routing.planning import Planner, providers
from llm.core.routing.candidate import Member, RoutePolicy
from llm.core.routing.strategies.strategy import Strategy

LIMITS = {"claude": 100, "openai": 50, "gemini": 25}
A_MINUTE, MINUTES = 160, 10
REFUSAL_S = 0.1
"""How soon a 429 comes; the next provider is asked then."""
ANSWER_S = (0.6, 3.0)
"""An answer takes between so long; the headers come at its beginning, after a third of it."""


def play(seed: int) -> Result:
    rows = [_row(strategy, seed) for strategy in (Strategy.CAPACITY, Strategy.PRIORITY, Strategy.WEIGHTED)]
    capacity = rows[0]
    return Result(
        rows=tuple(rows),
        aims=(
            at_most("answers 429 in ten minutes", float(capacity["429"]), 3),
            at_most("largest gap of a share to its part of the limits", float(capacity["gap"]), 0.05),
            at_most("CPU of a plan at p99, in ms", float(capacity["plan p99 ms"]), 1),
        ),
    )


def _row(strategy: Strategy, seed: int) -> dict[str, Value]:
    served, refused, static, planner = _played(strategy, Random(f"limits {seed}"))  # noqa: S311  repeatable
    total, limits = sum(served.values()), sum(LIMITS.values())
    spent = sorted(planner.spent_s)
    return {
        "strategy": strategy.value,
        "429": refused,
        "unserved": static,
        **{name: round(served[name] / total, 3) for name in LIMITS},
        "gap": round(max(abs(served[name] / total - limit / limits) for name, limit in LIMITS.items()), 4),
        "plan p99 ms": round(1000 * spent[int(0.99 * len(spent))], 3),
    }


def _played(strategy: Strategy, chance: Random) -> tuple[Counter[str], int, int, Planner]:
    """Served requests by account, answers 429, requests that nobody served, and the planner."""
    accounts: dict[str, Account] = {
        "claude": Bucket(LIMITS["claude"]),
        "openai": Bucket(LIMITS["openai"]),
        "gemini": Rolling(LIMITS["gemini"]),
    }
    known = {name: Knowledge(account) for name, account in accounts.items()}
    members = tuple(Member(provider=name, priority=1, weight=weight) for name, weight in LIMITS.items())
    if strategy is Strategy.PRIORITY:
        members = tuple(Member(provider=name, priority=place) for place, name in enumerate(LIMITS))
    planner = Planner(
        candidates=providers(*LIMITS), route=RoutePolicy(strategy=strategy, members=members), chance=chance
    )
    rests: dict[str, float] = {}
    served, refused, unserved, order = Counter[str](), 0, 0, count()
    events: list[tuple[float, int, str, float, float]] = []
    at = 0.0
    for _ in range(A_MINUTE * MINUTES):
        at += MINUTES * 60 / (A_MINUTE * MINUTES) * chance.uniform(0.5, 1.5)
        heappush(events, (at, next(order), "", 0.0, 0.0))
    while events:
        now, _, name, left, sent_at = heappop(events)
        if name:
            known[name].hears(left, sent_at)
            continue
        resting = tuple(each for each, until in rests.items() if until > now)
        plan = planner.plan(now, {each: one.capacity(now) for each, one in known.items()}, without=resting)
        for stop in plan.stops:
            name = stop.candidate.name
            account = accounts[name]
            known[name].asks(now)
            if account.take(now):
                served[name] += 1
                if isinstance(account, Bucket):
                    heappush(events, (now + chance.uniform(*ANSWER_S) / 3, next(order), name, account.left, now))
                break
            refused += 1
            known[name].refused(now)
            rests[name] = now + account.wait_s(now)
            now += REFUSAL_S
        else:
            unserved += 1
    return served, refused, unserved, planner


DRILL = Drill(name="limits", about=__doc__, play=play)
