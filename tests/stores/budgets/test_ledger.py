"""The ledger: all or nothing, over workers that share a store, and what a crash leaves."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from llm.core.budgets.rules import Rule, Scope, Unit
from llm.core.budgets.window import Span, Window, period_at
from llm.models import LedgerLease, LedgerSlot
from llm.stores.budgets import rows
from llm.stores.budgets.account import Ask, Denied
from llm.stores.budgets.holdings import BESIDE
from llm.stores.budgets.ledger import Ledger, LedgerAway

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TEST_S = 30.0


def _rule(name: str, cap: int, *, unit: Unit = Unit.USD, span: Span = Span.MONTH) -> Rule:
    window = Window(span=span)
    is_budget = unit is Unit.USD
    return Rule(account=name, name=name, scope=Scope.ALL, unit=unit, cap=cap, window=window, is_budget=is_budget)


def _ask(rule: Rule, amount: int) -> Ask:
    return Ask(rule, amount, period_at(rule.window, datetime.now(UTC)))


@pytest.fixture
def workers() -> Iterator[list[Ledger]]:
    ledgers = [Ledger() for _ in range(4)]
    yield ledgers
    for one in ledgers:
        one.close()


async def _many(ledgers: list[Ledger], asks: list[Ask], count: int) -> list[Denied | None]:
    calls = (ledgers[n % len(ledgers)].reserve(f"call-{n}", asks) for n in range(count))
    return await asyncio.gather(*calls)


def test_of_200_calls_at_once_over_four_workers_as_many_pass_as_there_is_money_for(workers: list[Ledger]) -> None:
    answers = asyncio.run(_many(workers, [_ask(_rule("b", 1007), 100)], 200))
    assert answers.count(None) == 10
    denied = next(answer for answer in answers if answer is not None)
    assert denied.renews_at is not None
    assert denied.retry_after_s > 1


def test_all_accounts_are_reserved_or_none(workers: list[Ledger]) -> None:
    wide, narrow = _rule("wide", 100_000), _rule("narrow", 500)
    answers = asyncio.run(_many(workers, [_ask(wide, 100), _ask(narrow, 100)], 40))
    assert answers.count(None) == 5
    assert {answer.rule.name for answer in answers if answer} == {"narrow"}
    for worker in workers:
        worker.close()
    assert sum(LedgerLease.objects.filter(account="wide").values_list("amount", flat=True)) == 500


def test_a_call_that_costs_nothing_passes_an_empty_budget(workers: list[Ledger]) -> None:
    assert asyncio.run(workers[0].reserve("free", [_ask(_rule("b", 0), 0)])) is None


def test_what_was_held_and_not_spent_comes_back(workers: list[Ledger]) -> None:
    rule, worker = _rule("b", 100), workers[0]

    async def story() -> list[bool]:
        passed = [await worker.reserve("one", [_ask(rule, 80)]) is None]
        passed.append(await worker.reserve("two", [_ask(rule, 80)]) is None)
        worker.settle("one", {"b": 15})
        passed.append(await worker.reserve("three", [_ask(rule, 80)]) is None)
        return passed

    assert asyncio.run(story()) == [True, False, True]


def test_a_cost_beyond_the_reservation_is_not_clamped(workers: list[Ledger]) -> None:
    rule, worker = _rule("b", 100), workers[0]
    rows.add_all_spent([("b", _ask(rule, 1).period.slot, 150)])
    assert asyncio.run(worker.reserve("one", [_ask(rule, 1)])) is not None
    assert LedgerSlot.objects.get(account="b").spent == 150


def test_requests_a_minute_are_shared(workers: list[Ledger]) -> None:
    rule = Rule(
        account="l",
        name="l",
        scope=Scope.ALL,
        unit=Unit.REQUESTS,
        cap=30,
        window=Window(span=Span.ROLLING, rolling_s=60),
    )
    answers = asyncio.run(_many(workers, [_ask(rule, 1)], 100))
    assert answers.count(None) == 30
    assert all(0 < answer.retry_after_s < 60 for answer in answers if answer)  # longer waits are not obeyed by SDKs
    for worker in workers:
        worker.close()
    assert sum(LedgerSlot.objects.filter(account="l").values_list("spent", flat=True)) == 30


def test_calls_at_once_leave_room_when_they_end(workers: list[Ledger]) -> None:
    rule = _rule("at once", 2, unit=Unit.AT_ONCE, span=Span.TOTAL)
    worker = workers[0]

    async def story() -> list[bool]:
        passed = [await worker.reserve(name, [_ask(rule, 1)]) is None for name in ("one", "two", "three")]
        worker.settle_limits("one", 500)
        return [*passed, await worker.reserve("four", [_ask(rule, 1)]) is None]

    assert asyncio.run(story()) == [True, True, False, True]


def test_slices_are_spent_without_the_store(workers: list[Ledger], monkeypatch: pytest.MonkeyPatch) -> None:
    rule, worker = _rule("b", 1_000_000), workers[0]
    gone, exchange = threading.Event(), rows.exchange

    def exchanged(*given: Any) -> list[rows.Leased]:
        """Gone for good as soon as the worker has slices."""
        if gone.is_set() or worker.slices()["b"] >= 10:
            gone.set()
            raise OperationalError("gone")
        return exchange(*given)

    async def story() -> tuple[int, int]:
        monkeypatch.setattr(rows, "exchange", exchanged)
        call = 0
        while not gone.is_set():
            assert await worker.reserve(f"call-{call}", [_ask(rule, 10)]) is None
            call += 1
        leased = worker.slices()["b"] // 10
        for n in range(10_000):
            try:
                await worker.reserve(f"later-{n}", [_ask(rule, 10)])
            except LedgerAway:
                return n, leased
        return -1, leased

    reserved, leased = asyncio.run(story())
    assert 0 < reserved <= leased
    monkeypatch.undo()


@pytest.mark.parametrize("unit", [Unit.USD, Unit.REQUESTS, Unit.AT_ONCE])
def test_slices_stay_spendable_while_the_store_hangs(
    workers: list[Ledger], monkeypatch: pytest.MonkeyPatch, unit: Unit
) -> None:
    worker, asks = workers[0], [_ask(_rule("b", 1_000_000, unit=unit, span=Span.TOTAL), 10)]
    hangs, goes_on = threading.Event(), threading.Event()
    check = rows.check

    def checked() -> None:
        """Asked before slices go back: hangs once there are some to spend."""
        if worker.slices()["b"] < 50:
            check()
            return
        hangs.set()
        goes_on.wait(TEST_S)
        raise OperationalError("gone")

    async def story() -> tuple[int, int]:
        monkeypatch.setattr(rows, "check", checked)
        call = 0
        async with asyncio.timeout(TEST_S):
            while not hangs.is_set():
                if worker.slices().get("b", 0) < 50:
                    assert await worker.reserve(f"call-{call}", asks) is None
                    call += 1
                else:
                    await asyncio.sleep(0.01)
        leased = worker.slices()["b"] // 10
        worker.settle("call-0")  # what it held, or nothing where requests count
        leased += unit is not Unit.REQUESTS
        for n in range(10_000):
            try:
                await worker.reserve(f"later-{n}", asks)
            except LedgerAway:
                return n, leased
        return -1, leased

    reserved, leased = asyncio.run(story())
    monkeypatch.undo()
    goes_on.set()
    assert reserved == leased
    worker.close()
    if unit is Unit.REQUESTS:  # spent as they begin, settled or not
        assert LedgerSlot.objects.get().spent == 10 * (worker.held() + 1)
    else:
        assert LedgerLease.objects.get().amount == 10 * worker.held()


def _gone(*_: Any) -> None:
    raise OperationalError("gone")


def test_a_dead_workers_lease_ends_and_is_not_revived(workers: list[Ledger]) -> None:
    rule, (dead, living, *_) = _rule("b", 100), workers
    assert asyncio.run(dead.reserve("one", [_ask(rule, 100)])) is None
    assert asyncio.run(living.reserve("two", [_ask(rule, 100)])) is not None
    LedgerLease.objects.update(expires_at=0)  # a minute later
    assert asyncio.run(Ledger().reserve("three", [_ask(rule, 100)])) is None
    wish = rows.Exchange(account="b", lease_slot=_ask(rule, 1).period.slot, first=0, slot=2**40, cap=100, keep=100)
    assert rows.exchange(dead.holder, [wish])[0].amount == 0


def test_a_repeated_exchange_changes_nothing() -> None:
    wish = rows.Exchange(account="b", lease_slot=0, first=0, slot=0, cap=100, keep=0, need=40, largest=40)
    holder = str(uuid.uuid4())
    assert rows.exchange(holder, [wish])[0].amount == 40
    assert rows.exchange(holder, [wish])[0].amount == 40
    assert LedgerLease.objects.get().amount == 40


def test_what_a_second_attempt_may_cost_is_held_until_its_call_is_settled(workers: list[Ledger]) -> None:
    rule, worker = _rule("b", 100), workers[0]

    async def story() -> list[bool]:
        passed = [await worker.reserve("one", [_ask(rule, 40)]) is None]
        passed.append(await worker.reserve("one" + BESIDE, [_ask(rule, 40)]) is None)
        worker.settle_limits("one", 0)  # of budgets nothing ends here
        passed.append(await worker.reserve("two", [_ask(rule, 40)]) is None)
        worker.settle("one", {"b": 30})
        passed.append(await worker.reserve("three", [_ask(rule, 70)]) is None)
        return passed

    assert asyncio.run(story()) == [True, True, False, True]
    assert worker.held() == 1
