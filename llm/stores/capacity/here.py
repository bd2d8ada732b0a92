"""The capacity store of this process: shared through Redis where there is one, else through the database."""

from django.conf import settings

from llm.stores.capacity.backends import Backend, DatabaseBackend, RedisBackend
from llm.stores.capacity.money import money_of
from llm.stores.capacity.store import CapacityStore


def _backend() -> Backend:
    return RedisBackend(settings.REDIS_URL) if settings.REDIS_URL else DatabaseBackend()


capacity_store = CapacityStore(_backend, money_of=money_of)
