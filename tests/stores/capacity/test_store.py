"""What workers learn of providers, and how each comes to know what the others learned."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from redis import Redis, RedisError

from llm.core.capacity.readings import Reading, Readings
from llm.core.capacity.sample import Ending, Sample
from llm.core.capacity.snapshot import SizeClass
from llm.stores.capacity.backends import Backend, DatabaseBackend, RedisBackend
from llm.stores.capacity.learning import Money
from llm.stores.capacity.store import CapacityStore
from llm.stores.data_thread import data_thread

SERVER = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
PREFIX = f"djobea:test:{uuid4().hex}:"


class Memory:
    """A store in a dictionary that several workers share. It may be away."""

    unavailable: tuple[type[Exception], ...] = (OSError,)
    turn_s = 3600.0

    def __init__(self) -> None:
        self.shares: dict[str, str] = {}
        self.away = False

    def exchange(self, worker: str, own: str | None, at: float) -> list[str]:
        if self.away:
            raise ConnectionError
        if own is not None:
            self.shares[worker] = own
        return [share for name, share in self.shares.items() if name != worker]

    def close(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def worker(memory: Memory, clock: Clock) -> Iterator[Callable[[], CapacityStore]]:
    made: list[CapacityStore] = []

    def make() -> CapacityStore:
        made.append(CapacityStore(lambda: memory, now=clock))
        return made[-1]

    yield make
    for store in made:
        store.forget()


def answered(store: CapacityStore, clock: Clock, *, first_s: float = 1.0, readings: Readings | None = None) -> None:
    flight = store.begin("claude", input_tokens=500, max_tokens=100)
    clock.at += first_s + 2.0
    sample = Sample(
        ending=Ending.ANSWERED,
        first_s=first_s,
        whole_s=first_s + 2.0,
        input_tokens=500,
        cached_tokens=250,
        output_tokens=100,
        readings=readings,
    )
    store.end("claude", flight, sample)


def test_a_worker_knows_what_another_has_learned(worker: Callable[[], CapacityStore], clock: Clock) -> None:
    one, two = worker(), worker()
    readings = Readings(at=clock.at, requests=Reading(left=10, limit=100))
    answered(one, clock, readings=readings)
    one.begin("claude", input_tokens=10, max_tokens=10)
    one.turn()
    two.turn()
    known = two.read()["claude"]
    assert known.in_flight == 1
    assert known.requests is not None
    assert known.requests.left == pytest.approx(10 + 5 - 1, abs=0.2)
    assert known.first_token[SizeClass.SMALL].p50 == pytest.approx(1.0, rel=0.15)
    assert known.per_token is not None
    assert known.per_token.p50 == pytest.approx(0.02, rel=0.15)
    assert known.cached_share == 0.5


def test_samples_of_all_workers_count_alike(worker: Callable[[], CapacityStore], clock: Clock) -> None:
    one, two = worker(), worker()
    for _ in range(3):
        answered(one, clock, first_s=1.0)
    for _ in range(9):
        answered(two, clock, first_s=4.0)
    one.turn()
    two.turn()
    assert two.read()["claude"].first_token[SizeClass.SMALL].p50 == pytest.approx(4.0, rel=0.15)
    one.turn()
    assert one.read()["claude"].first_token[SizeClass.SMALL].p50 == pytest.approx(4.0, rel=0.15)


def test_calls_of_a_worker_that_died_are_no_longer_under_way(worker: Callable[[], CapacityStore], clock: Clock) -> None:
    one, two = worker(), worker()
    one.begin("claude", input_tokens=10, max_tokens=10)
    one.turn()
    clock.at += 60.0
    two.turn()
    assert two.read()["claude"].in_flight == 0


def test_a_plain_answer_tells_the_first_token_by_what_tokens_usually_take(
    worker: Callable[[], CapacityStore], clock: Clock
) -> None:
    store = worker()
    for _ in range(5):
        answered(store, clock)
    store.read()
    flight = store.begin("claude", input_tokens=20_000, max_tokens=100)
    clock.at += 5.0
    store.read()
    store.end("claude", flight, Sample(ending=Ending.ANSWERED, size=SizeClass.LARGE, whole_s=5.0, output_tokens=100))
    clock.at += 2.0
    assert store.read()["claude"].first_token[SizeClass.LARGE].p50 == pytest.approx(3.0, rel=0.2)


def test_while_the_store_is_away_a_worker_goes_by_what_it_knows_and_tells_it_later(
    worker: Callable[[], CapacityStore], memory: Memory, clock: Clock
) -> None:
    one, two = worker(), worker()
    memory.away = True
    answered(one, clock)
    one.turn()
    assert one.read()["claude"].first_token
    memory.away = False
    one.turn()
    two.turn()
    assert two.read()["claude"].first_token


def test_nothing_is_written_while_nothing_happens(
    worker: Callable[[], CapacityStore], memory: Memory, clock: Clock
) -> None:
    store = worker()
    answered(store, clock)
    store.turn()
    memory.shares.clear()
    clock.at += 5.0
    store.turn()
    assert memory.shares == {}


def test_a_share_that_cannot_be_read_is_left_out(
    worker: Callable[[], CapacityStore], memory: Memory, clock: Clock
) -> None:
    memory.shares["newer release"] = '{"at": "soon"}'
    one, two = worker(), worker()
    answered(one, clock)
    one.turn()
    two.turn()
    assert two.read()["claude"].first_token


def test_wallet_hours_reach_every_worker(memory: Memory, clock: Clock) -> None:
    def money_of(tiers: object, hours: dict[str, float], at: float) -> dict[str, Money]:
        return {"claude": Money(wallet_hours=hours.get("claude"))}

    upkeep = CapacityStore(lambda: memory, now=clock)
    web = CapacityStore(lambda: memory, now=clock, money_of=money_of)  # type: ignore[arg-type]
    upkeep.note_wallets({"claude": 7.5})
    answered(web, clock)
    upkeep.turn()
    web.turn()
    assert web.read()["claude"].wallet_hours == 7.5
    upkeep.forget()
    web.forget()


def server() -> str:
    """The URL of a Redis that answers. Skips the test without one."""
    with Redis.from_url(SERVER, socket_timeout=10) as client:
        try:
            client.ping()
        except RedisError as error:
            pytest.skip(f"no Redis answers at TEST_REDIS_URL: {error}")
    return SERVER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["redis", "database"])
def test_both_stores_keep_the_shares_and_drop_old_ones(name: str) -> None:
    backend: Backend = DatabaseBackend() if name == "database" else RedisBackend(server(), PREFIX)
    try:
        assert backend.exchange("one", "first", 100.0) == []
        assert backend.exchange("two", "second", 110.0) == ["first"]
        assert backend.exchange("one", None, 120.0) == ["second"]
        assert backend.exchange("one", "third", 100.0 + 3_605.0) == ["second"]
        assert backend.exchange("three", None, 110.0 + 3_605.0) == ["third"]
    finally:
        if name == "redis":
            Redis.from_url(server()).delete(f"{PREFIX}capacity")
        backend.close()
        data_thread.close()
