"""The real Redis, each test under a key prefix of its own, and a line to it that can be cut.

`TEST_REDIS_URL` names the server (127.0.0.1:6379).
"""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from tests.stores.proxy import Proxy

SERVER = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"


@pytest.fixture(scope="session")
def server() -> str:
    """The URL of a Redis that answers."""
    client = redis.Redis.from_url(SERVER, socket_timeout=10, socket_connect_timeout=10)
    try:
        client.ping()
    except redis.RedisError as error:
        why = f"no Redis answers at TEST_REDIS_URL: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    finally:
        client.close()
    return SERVER


@pytest.fixture
def keys(server: str) -> Iterator[redis.Redis]:
    """A client of the test's own, to look at keys and lose them."""
    with redis.Redis.from_url(server, socket_timeout=10) as client:
        yield client


@pytest.fixture
def prefix(keys: redis.Redis) -> Iterator[str]:
    """A prefix of the test's own; its keys are gone afterwards."""
    name = f"djobea:test:{uuid4().hex}:"
    yield name
    for key in keys.scan_iter(f"{name}*"):
        keys.delete(key)


@pytest.fixture
def line(server: str) -> Iterator[Proxy]:
    """A line to Redis, open."""
    target = redis.connection.parse_url(server)
    proxy = Proxy(target.get("host", "127.0.0.1"), target.get("port", 6379))
    proxy.open()
    yield proxy
    proxy.cut()


@pytest.fixture
def through(line: Proxy, server: str) -> str:
    """The URL of Redis by way of `line`."""
    database = redis.connection.parse_url(server).get("db", 0)
    return f"redis://127.0.0.1:{line.port}/{database}"
