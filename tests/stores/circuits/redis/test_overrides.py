"""An operator's word where circuits are shared through Redis: it travels with the configuration, a reset with them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from llm.core.circuit.override import Mode, Override, in_force
from llm.core.circuit.state import CircuitState, reset
from llm.models import CircuitEvent, Provider
from llm.stores.circuits import overrides
from llm.stores.config import changes
from llm.stores.config.snapshot import ConfigStore
from llm.stores.data_thread import DataThread
from tests.stores.circuits.redis.steps import change, no_credit, read
from tests.waiting import eventually


@pytest.fixture
def configs(transactional_db: None) -> Iterator[list[ConfigStore]]:
    """Two workers' configurations, each of which hears of changes as another process does."""
    Provider.objects.create(name="claude", kind="claude", model="m-1", priority=10)
    threads = [DataThread(), DataThread()]
    yield [ConfigStore(thread) for thread in threads]
    for thread in threads:
        thread.close()


def held(config: ConfigStore) -> Override | None:
    return in_force(asyncio.run(config.current()).candidates["claude"].override, datetime.now(UTC))


def test_a_forced_provider_is_so_in_all_workers_and_its_circuit_goes_on_learning(opener, configs, monkeypatch):
    stores = [opener(), opener()]
    assert [held(config) for config in configs] == [None, None]
    monkeypatch.setattr(changes, "generation", lambda: 0)
    word = Override(mode=Mode.FORCE_CLOSED, by="ada", at=datetime.now(UTC), until=None, reason="a false alarm")

    overrides.put("claude", word)
    assert eventually(lambda: [held(config) for config in configs] == [word, word])
    change(stores[0], no_credit())
    assert eventually(lambda: read(stores[1])["claude"].state is CircuitState.OPEN)
    assert held(configs[1]) == word

    overrides.lift("claude", by="ada", reason="", now=datetime.now(UTC))
    assert eventually(lambda: [held(config) for config in configs] == [None, None])


def test_the_timeline_tells_of_a_word_what_redis_knew_of_the_circuit(opener):
    change(opener(), no_credit())
    assert eventually(lambda: CircuitEvent.objects.filter(after="open").exists())

    overrides.put("claude", Override(mode=Mode.DRAIN, by="ada", at=datetime.now(UTC), until=None, reason=""))

    event = CircuitEvent.objects.get(after="drain")
    assert (event.before, event.generation) == ("open", 1)


def test_a_reset_reaches_all_workers(opener):
    stores = [opener(), opener()]
    change(stores[0], no_credit())
    assert eventually(lambda: read(stores[1])["claude"].state is CircuitState.OPEN)

    stores[1].change_now("claude", lambda circuit: reset(circuit, datetime.now(UTC)), by="ada")

    assert eventually(lambda: all(read(store)["claude"].state is CircuitState.CLOSED for store in stores))
