"""Stores on the real Redis."""

from collections.abc import Callable, Iterator

import pytest

from llm.stores.circuits.redis import RedisCircuitStore
from llm.stores.data_thread import data_thread
from llm.stores.timeouts import StoreTimeouts, timeouts_of
from tests.conftest import PATIENCE_S

Opener = Callable[..., RedisCircuitStore]


@pytest.fixture
def timeouts() -> StoreTimeouts:
    """Long: what is shared is looked at, not how busy the machine is."""
    return timeouts_of(PATIENCE_S)


@pytest.fixture
def opener(server: str, prefix: str, timeouts: StoreTimeouts, transactional_db: None) -> Iterator[Opener]:
    """Makes stores that share one truth, each as another worker would have its own."""
    stores = []

    def make(url: str = server) -> RedisCircuitStore:
        store = RedisCircuitStore(url, prefix=prefix, timeouts=timeouts)
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.forget()
    data_thread.submit(lambda: None).result(30)
