"""A test on both databases: the run's own, and PostgreSQL beside it when a server answers.

`TEST_POSTGRES_URL` names a server on which databases may be made (postgres on 127.0.0.1:5432).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import environ
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

from llm.models import Call, StaleDay, StaleHour, UsageState, UsageSum

SERVER = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
SET_UP_TIMEOUT_S = 30
"""How long a migration waits for a connection. Tests of a server that is away wait less."""


@contextmanager
def empty_postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is dropped afterwards."""
    name = f"djobea_test_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        why = f"no PostgreSQL answers at TEST_POSTGRES_URL: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(SERVER)._replace(path=f"/{name}").geturl()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgresql_config() -> Iterator[dict[str, Any]]:
    """The settings of an empty PostgreSQL database that is dropped afterwards."""
    with empty_postgresql() as url:
        options = {"pool": {"min_size": 1, "max_size": 4, "timeout": 1}}
        config = {**environ.Env.db_url_config(url), "OPTIONS": options}
        yield connections.configure_settings({"default": config})["default"]


@contextmanager
def _default_database(config: dict[str, Any]) -> Iterator[None]:
    """All new connections of the alias "default" go to the database of `config`."""
    own, own_config = connections["default"], connections.settings["default"]
    own.close()
    own_pool = PostgreSQL._connection_pools.pop("default", None)  # pools are kept by alias only
    connections.settings["default"] = config
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"].close_pool()
        if own_pool is not None:
            PostgreSQL._connection_pools["default"] = own_pool
        connections.settings["default"] = own_config
        connections["default"] = own


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[str]:
    """Runs the test on each database, and answers its vendor; PostgreSQL's is one that tests may maltreat."""
    if request.param == "sqlite":
        if connection.vendor != "sqlite":
            pytest.skip("this run's own database is PostgreSQL")
        yield "sqlite"
        return
    with _default_database(request.getfixturevalue("postgresql_config")):
        pool = connection.pool
        usual, pool.timeout = pool.timeout, SET_UP_TIMEOUT_S
        call_command("migrate", "llm", verbosity=0)
        pool.timeout = usual
        yield "postgresql"
        for model in (UsageState, UsageSum, StaleHour, StaleDay, Call):
            model.objects.all().delete()
