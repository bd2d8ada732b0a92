"""Fixtures of the project's tests."""

from tests.commands.running import alone, manage, run
from tests.databases import database, postgresql_config
from tests.stores.circuits.redis.conftest import line, server, through

__all__ = ["alone", "database", "line", "manage", "postgresql_config", "run", "server", "through"]
