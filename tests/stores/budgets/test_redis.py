"""Limits that workers share through Redis: the same rule as the database's, and what is left when Redis is away."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from llm.core.budgets.lease import granted
from llm.core.budgets.rules import Rule, Scope, Unit
from llm.core.budgets.window import Span, Window, period_at
from llm.models import LedgerSlot, Limit
from llm.stores.budgets import state
from llm.stores.budgets.account import Ask, Denied
from llm.stores.budgets.ledger import Ledger
from llm.stores.budgets.redis import RedisLimits
from llm.stores.budgets.rows import Exchange
from llm.stores.budgets.rules import rules_of
from tests.stores.proxy import Proxy

Opener = Callable[..., Ledger]
WIDE_S = 10.0
"""For each operation: what is shared is looked at, not how busy the machine is."""


def _limit(cap: int, unit: Unit = Unit.REQUESTS, name: str = "l") -> Rule:
    span = Window(span=Span.TOTAL) if unit is Unit.AT_ONCE else Window(span=Span.ROLLING, rolling_s=60)
    return Rule(account=name, name=name, scope=Scope.ALL, unit=unit, cap=cap, window=span)


def _budget(cap: int) -> Rule:
    window = Window(span=Span.MONTH)
    return Rule(account="b", name="b", scope=Scope.ALL, unit=Unit.TOKENS, cap=cap, window=window, is_budget=True)


def _ask(rule: Rule, amount: int = 1) -> Ask:
    return Ask(rule, amount, period_at(rule.window, datetime.now(UTC)))


@pytest.fixture
def worker(server: str, prefix: str, transactional_db: None) -> Iterator[Opener]:
    """Makes ledgers, each as another worker would have its own."""
    ledgers = []

    def make(url: str = server) -> Ledger:
        ledgers.append(Ledger(RedisLimits(url, prefix=prefix, socket_s=WIDE_S)))
        return ledgers[-1]

    yield make
    for one in ledgers:
        one.forget()


async def _many(ledgers: list[Ledger], asks: list[Ask], count: int) -> list[Denied | None]:
    calls = (ledgers[n % len(ledgers)].reserve(f"call-{n}", asks) for n in range(count))
    return await asyncio.gather(*calls)


def test_of_200_calls_over_four_workers_as_many_pass_as_the_limit_has_room_for(worker: Opener) -> None:
    answers = asyncio.run(_many([worker() for _ in range(4)], [_ask(_limit(30))], 200))

    assert answers.count(None) == 30
    assert all(0 < answer.retry_after_s < 60 for answer in answers if answer)
    assert not LedgerSlot.objects.exists()


def test_tokens_are_held_and_what_was_not_spent_comes_back(worker: Opener) -> None:
    rule, first, second, third = _limit(100, Unit.TOKENS), worker(), worker(), worker()

    async def story() -> list[bool]:
        passed = [await first.reserve("one", [_ask(rule, 80)]) is None]
        passed.append(await second.reserve("two", [_ask(rule, 80)]) is None)
        first.settle_limits("one", 15)
        first.close()
        passed.append(await third.reserve("three", [_ask(rule, 85)]) is None)
        passed.append(await third.reserve("four", [_ask(rule, 1)]) is None)
        return passed

    assert asyncio.run(story()) == [True, False, True, False]


def test_a_limit_in_redis_and_a_budget_in_the_database_are_reserved_both_or_none(worker: Opener) -> None:
    ledgers = [worker(), worker()]
    answers = asyncio.run(_many(ledgers, [_ask(_limit(1000)), _ask(_budget(500), 100)], 40))

    assert answers.count(None) == 5
    assert {answer.rule.name for answer in answers if answer} == {"b"}


def test_without_redis_the_database_shares_the_limit(worker: Opener, line: Proxy, through: str) -> None:
    ledgers = [worker(through), worker(through)]
    line.cut()

    answers = asyncio.run(_many(ledgers, [_ask(_limit(30))], 100))
    for one in ledgers:
        one.close()

    assert answers.count(None) == 30
    assert sum(LedgerSlot.objects.values_list("spent", flat=True)) == 30


def test_operators_see_what_is_spent_in_redis(
    worker: Opener, server: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Limit.objects.create(name="all", requests_per_minute=10)
    rule, ledger = rules_of(row)[0], worker()
    asyncio.run(_many([ledger], [_ask(rule)], 4))
    ledger.close()
    monkeypatch.setattr(state, "limits", RedisLimits(server, prefix=prefix))

    shown = state.limit_states(row, datetime.now(UTC))[0]

    assert (shown.spent, shown.reserved) == (4, 0)


def test_a_dead_workers_lease_ends(server: str, prefix: str, keys: redis.Redis) -> None:
    limits = RedisLimits(server, prefix=prefix)
    wish = Exchange(account="l", lease_slot=0, first=0, slot=0, cap=100, keep=0, need=100, largest=100)
    assert limits.exchange("dead", [wish])[0].amount == 100
    assert limits.exchange("living", [wish])[0].amount == 0

    keys.hset(f"{prefix}{{l}}:leases", "0:dead", "100 1.0")  # a minute later

    assert limits.exchange("living", [wish])[0].amount == 100


def test_the_script_grants_what_the_rule_grants(server: str, prefix: str) -> None:
    limits = RedisLimits(server, prefix=prefix)

    @given(
        cap=st.integers(0, 10**12),
        spent=st.integers(0, 10**9),
        need=st.integers(0, 10**9),
        slack=st.integers(0, 10**9),
        largest=st.integers(0, 10**6),
    )
    @hypothesis_settings(max_examples=50)
    def check(cap: int, spent: int, need: int, slack: int, largest: int) -> None:
        asked = {"cap": cap, "spent": {7: spent}, "need": need, "slack": slack, "largest": largest}
        wish = Exchange(account=str(uuid4()), lease_slot=0, first=0, slot=60, keep=0, **asked)

        leased = limits.exchange("h", [wish])[0]

        assert leased.amount == granted(cap - spent, need=need, slack=slack, largest=largest)
        assert leased.left == cap - spent - leased.amount
        assert leased.oldest == (7 if spent else None)

    check()
