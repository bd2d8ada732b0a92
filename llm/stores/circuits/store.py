"""The circuit store of this process: through Redis when there is one, else through the database."""

from django.conf import settings

from llm.stores.circuits.base import CircuitStore
from llm.stores.circuits.database import DatabaseCircuitStore
from llm.stores.circuits.redis import RedisCircuitStore

circuit_store: CircuitStore = RedisCircuitStore(settings.REDIS_URL) if settings.REDIS_URL else DatabaseCircuitStore()
