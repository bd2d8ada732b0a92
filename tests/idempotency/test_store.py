"""Keys on SQLite and PostgreSQL: one holder for each key, leases, expiry after a day, encrypted answers."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from llm.idempotency import rows
from llm.idempotency.keys import KeptAnswer, Scope
from llm.idempotency.rows import LEASE, Claim, ClaimResult
from llm.idempotency.store import IdempotencyStore, StoreUnavailable
from llm.models import IdempotentAnswer
from llm.stores.data_thread import DataThread
from tests.stores.circuits.weather import gone, hanging

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
MOMENT = timedelta(seconds=1)
ANSWER = KeptAnswer(status=200, headers={"Content-Type": "application/json"}, body="Une fuite à Bonapriso".encode())


@pytest.fixture
def user_id(database: str) -> Iterator[int]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    user = get_user_model().objects.create_user("carol")
    yield user.pk
    user.delete()


def own_claim(user_id: int, holder: str = "one", key: str = "order-7") -> Claim:
    return Claim(scope=Scope(user_id=user_id, consumer="key", path="/v1/chat/completions", key=key), holder=holder)


def test_the_first_holds_the_key_and_others_wait(user_id: int) -> None:
    assert rows.claim(own_claim(user_id), "body", NOW) is ClaimResult.ACQUIRED
    assert rows.claim(own_claim(user_id, "two"), "body", NOW) is ClaimResult.BUSY


def test_a_holder_that_renews_while_its_lease_is_taken_over_keeps_its_key(
    user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    late = NOW + LEASE
    take_over = rows._take_over

    def renewed_first(row: IdempotentAnswer, *given: Any) -> bool:
        rows.renew(own_claim(user_id), late)
        return take_over(row, *given)

    monkeypatch.setattr(rows, "_take_over", renewed_first)
    assert rows.claim(own_claim(user_id, "two"), "body", late) is ClaimResult.BUSY
    assert rows.keep(own_claim(user_id), ANSWER, late)


def test_a_kept_answer_is_given_again_as_it_was(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    assert rows.keep(own_claim(user_id), ANSWER, NOW)
    assert rows.claim(own_claim(user_id, "two"), "body", NOW + DAY - MOMENT) == ANSWER


def test_a_kept_answer_is_forgotten_after_a_day(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.keep(own_claim(user_id), ANSWER, NOW)
    assert rows.claim(own_claim(user_id, "two"), "another body", NOW + DAY) is ClaimResult.ACQUIRED


@pytest.mark.parametrize("done", [False, True])
def test_another_body_is_refused_while_the_key_is_known(user_id: int, done: bool) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    if done:
        rows.keep(own_claim(user_id), ANSWER, NOW)
    assert rows.claim(own_claim(user_id, "two"), "another body", NOW) is ClaimResult.DIFFERENT_BODY


def test_a_released_key_is_new_again(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.release(own_claim(user_id))
    assert rows.claim(own_claim(user_id, "two"), "another body", NOW) is ClaimResult.ACQUIRED


def test_a_dead_holders_key_is_free_when_its_lease_is_over(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    assert rows.claim(own_claim(user_id, "two"), "body", NOW + LEASE - MOMENT) is ClaimResult.BUSY
    assert rows.claim(own_claim(user_id, "two"), "body", NOW + LEASE) is ClaimResult.ACQUIRED
    assert not rows.keep(own_claim(user_id), ANSWER, NOW + LEASE), "the dead one came back"
    rows.release(own_claim(user_id))
    assert rows.claim(own_claim(user_id, "three"), "body", NOW + LEASE) is ClaimResult.BUSY


def test_a_holder_that_renews_keeps_its_key(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.renew(own_claim(user_id), NOW + LEASE - MOMENT)
    assert rows.claim(own_claim(user_id, "two"), "body", NOW + LEASE + MOMENT) is ClaimResult.BUSY


def test_of_many_threads_one_gets_the_key(user_id: int) -> None:
    results: list[object] = []
    together = threading.Barrier(12)

    def race(holder: str) -> None:
        together.wait()
        try:
            results.append(rows.claim(own_claim(user_id, holder), "body", NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(str(n),)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(result) for result in results) == [ClaimResult.BUSY] * 11 + [ClaimResult.ACQUIRED]


def test_of_many_threads_one_takes_over_from_the_dead(user_id: int) -> None:
    rows.claim(own_claim(user_id, "the dead"), "body", NOW - LEASE)
    test_of_many_threads_one_gets_the_key(user_id)


def test_the_table_holds_no_readable_answer(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.keep(own_claim(user_id), ANSWER, NOW)
    (row,) = IdempotentAnswer.objects.values_list("digest", "fingerprint", "holder", "body", "headers")
    assert "Bonapriso" not in str(row)
    assert "order-7" not in str(row)


def test_an_answer_that_no_key_decrypts_any_more_counts_as_forgotten(user_id: int, settings: Any) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.keep(own_claim(user_id), ANSWER, NOW)
    settings.LLM = {**settings.LLM, "SECRET_KEYS": ["quite another"]}
    assert rows.claim(own_claim(user_id, "two"), "body", NOW) is ClaimResult.ACQUIRED


def test_pruning_leaves_what_still_counts(user_id: int) -> None:
    for key, at in (("old", NOW - DAY), ("fresh", NOW - DAY + MOMENT)):
        rows.claim(own_claim(user_id, key=key), "body", at)
        rows.keep(own_claim(user_id, key=key), ANSWER, at)
    rows.claim(own_claim(user_id, key="dead"), "body", NOW - LEASE)
    rows.claim(own_claim(user_id, key="at work"), "body", NOW)
    assert rows.prune(NOW) == 2
    assert rows.prune(NOW) == 0
    assert rows.claim(own_claim(user_id, "two", key="fresh"), "body", NOW) == ANSWER
    assert rows.claim(own_claim(user_id, "two", key="at work"), "body", NOW) is ClaimResult.BUSY


def test_pruning_goes_in_batches(user_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH", 2)
    for number in range(5):
        rows.claim(own_claim(user_id, key=str(number)), "body", NOW - LEASE)
    assert rows.prune(NOW) == 5
    assert not IdempotentAnswer.objects.exists()


def test_deleting_a_user_deletes_the_answers(user_id: int) -> None:
    rows.claim(own_claim(user_id), "body", NOW)
    rows.keep(own_claim(user_id), ANSWER, NOW)
    get_user_model().objects.get(pk=user_id).delete()
    assert not IdempotentAnswer.objects.exists()
    get_user_model().objects.create(pk=user_id, username="carol again")


@pytest.fixture
def stores() -> Iterator[tuple[IdempotencyStore, IdempotencyStore]]:
    """Two workers that share only the database."""
    pair = IdempotencyStore(DataThread()), IdempotencyStore(DataThread())
    yield pair
    for store in pair:
        store.close()


def test_what_one_worker_keeps_another_gives(user_id: int, stores: tuple[IdempotencyStore, IdempotencyStore]) -> None:
    here, there = stores

    async def scenario() -> None:
        assert await here.claim(own_claim(user_id), "body") is ClaimResult.ACQUIRED
        assert await there.claim(own_claim(user_id, "two"), "body") is ClaimResult.BUSY
        await here.keep(own_claim(user_id), ANSWER)
        assert await there.claim(own_claim(user_id, "two"), "body") == ANSWER

    asyncio.run(scenario())


def test_what_one_worker_releases_another_may_take(
    user_id: int, stores: tuple[IdempotencyStore, IdempotencyStore]
) -> None:
    here, there = stores

    async def scenario() -> None:
        assert await here.claim(own_claim(user_id), "body") is ClaimResult.ACQUIRED
        here.release(own_claim(user_id))
        while await there.claim(own_claim(user_id, "two"), "body") is ClaimResult.BUSY:
            await asyncio.sleep(0.01)
        await here.keep(own_claim(user_id), ANSWER)  # too late: another worker holds the lease
        assert await there.claim(own_claim(user_id, "three"), "body") is ClaimResult.BUSY

    asyncio.run(scenario())


def test_the_store_skips_an_unavailable_database_for_a_while(
    user_id: int, stores: tuple[IdempotencyStore, IdempotencyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = stores
    monkeypatch.setattr("llm.idempotency.store.RETRY_AFTER_S", 3600.0)
    with gone("llm_idempotentanswer"), pytest.raises(StoreUnavailable):
        asyncio.run(here.claim(own_claim(user_id), "body"))
    with pytest.raises(StoreUnavailable):
        asyncio.run(here.claim(own_claim(user_id), "body"))
    here.forget()
    assert asyncio.run(here.claim(own_claim(user_id), "body")) is ClaimResult.ACQUIRED


def test_a_slow_database_delays_no_request_and_stores_the_answer_later(
    user_id: int, stores: tuple[IdempotencyStore, IdempotencyStore], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = stores
    monkeypatch.setattr("llm.idempotency.store.TIMEOUT_S", 0.05)
    patient = settings.LLM
    with hanging("llm_idempotentanswer"):
        settings.LLM = {**patient, "STORE_PATIENCE_S": 0.05}
        assert asyncio.run(here.claim(own_claim(user_id), "body")) is ClaimResult.ACQUIRED
        asyncio.run(here.keep(own_claim(user_id), ANSWER))
    settings.LLM = patient
    here.close()  # waits for the late writes

    assert asyncio.run(there.claim(own_claim(user_id, "two"), "body")) == ANSWER
