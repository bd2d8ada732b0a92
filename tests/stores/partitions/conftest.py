"""PostgreSQL databases of the partitions' tests: partitioned, and as a release before left them."""

import importlib
from collections.abc import Iterator
from typing import Any

import environ
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from tests.databases import SERVER, _default_database, empty_postgresql


@pytest.fixture(scope="package")
def template(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with all tables, to be copied: a test changes how tables are stored."""
    with empty_postgresql() as url, django_db_blocker.unblock():
        with _default_database(_config(url)):
            call_command("migrate", "llm", verbosity=0)
        yield url.rpartition("/")[2]


@pytest.fixture
def postgresql(template: str, transactional_db: None) -> Iterator[None]:
    """A database with partitions of this week and the next ones, without rows."""
    with empty_postgresql() as url:
        name = url.rpartition("/")[2]
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}"')
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        with _default_database(_config(url)):
            yield


@pytest.fixture
def plain_tables(postgresql: None) -> None:
    """The same with plain tables, which the migration finds populated."""
    migration = importlib.import_module("llm.migrations.0007_partitions")
    with connection.schema_editor() as editor:
        migration.make_plain(None, editor)


def _config(url: str) -> dict[str, Any]:
    config: dict[str, Any] = connections.configure_settings({"default": environ.Env.db_url_config(url)})["default"]
    return config
