"""Fixtures of the idempotency tests."""

from tests.commands.running import alone, manage, run
from tests.databases import database, postgresql_config

__all__ = ["alone", "database", "manage", "postgresql_config", "run"]
