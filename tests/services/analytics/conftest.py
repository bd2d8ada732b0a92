"""Fixtures of the analytics' tests."""

from tests.databases import database, postgresql_config

__all__ = ["database", "postgresql_config"]
