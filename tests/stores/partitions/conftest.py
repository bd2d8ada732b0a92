"""PostgreSQL databases of the partitions' tests: partitioned, and as a release before left them."""

import importlib
from collections.abc import Iterator

import environ
import pytest
from django.core.management import call_command
from django.db import connection, connections

from tests.databases import _default_database, empty_postgresql

OPTIONS = {"pool": {"min_size": 1, "max_size": 8, "timeout": 5}}


@pytest.fixture
def postgresql(transactional_db: None) -> Iterator[None]:
    """An empty database with partitions of this week and the next ones."""
    with empty_postgresql() as url:
        config = connections.configure_settings({"default": {**environ.Env.db_url_config(url), "OPTIONS": OPTIONS}})
        with _default_database(config["default"]):
            call_command("migrate", "llm", verbosity=0)
            yield


@pytest.fixture
def plain_tables(postgresql: None) -> None:
    """The same with plain tables, which the migration finds populated."""
    migration = importlib.import_module("llm.migrations.0007_partitions")
    with connection.schema_editor() as editor:
        migration.make_plain(None, editor)
