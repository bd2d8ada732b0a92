"""Django's cache on a Redis that goes away: no call fails or waits."""

import time
from uuid import uuid4

import pytest

from djobea import env as local
from djobea.cache import ForgivingRedisCache
from llm.incidents import Incident
from tests.log_lines import LogLines

BOUND_S = 10.0
"""Far above the timeout, for a busy machine. Without a timeout a stalled connection would block for ever."""


def opened(url: str) -> ForgivingRedisCache:
    config = local.caches(url)["default"]
    assert config["BACKEND"] == "djobea.cache.ForgivingRedisCache"
    params = {key: value for key, value in config.items() if key not in ("BACKEND", "LOCATION")}
    return ForgivingRedisCache(config["LOCATION"], {**params, "KEY_PREFIX": f"test-{uuid4().hex}", "TIMEOUT": 60})


def test_two_processes_share_it_while_redis_is_there(server):
    prefix = f"test-{uuid4().hex}"
    one, other = opened(server), opened(server)
    one.key_prefix = other.key_prefix = prefix
    one.set("count", 1)
    assert (other.get("count"), other.incr("count"), one.get("count")) == (1, 2, 2)
    other.delete("count")


@pytest.mark.parametrize("harm", ["stall", "cut"])
def test_without_redis_each_process_counts_by_itself_and_shares_again_afterwards(line, through, harm, monkeypatch):
    log = LogLines()
    monkeypatch.setattr("llm.incidents.SETTLED_S", 0.0)
    monkeypatch.setattr("djobea.cache.unreachable", Incident("away", log, ended="back", quiet_s=None))
    cache = opened(through)
    cache.set("count", 1)
    getattr(line, harm)()

    begun = time.monotonic()
    assert cache.get("count", "unknown") == "unknown"
    assert cache.add("count", 5)
    assert cache.incr("count") == 6
    assert cache.get_many(["count"]) == {"count": 6}
    assert cache.set_many({"other": 1}) == []
    assert cache.touch("count")
    assert cache.has_key("count")
    assert cache.delete("count")
    cache.delete_many(["other"])
    assert time.monotonic() - begun < BOUND_S

    line.cut()
    line.open()
    assert cache.get("count") == 1
    cache.delete("count")
    assert log.events == ["away", "back"]
    assert log.lines[1][1]["count"] >= 9


def test_without_a_url_it_is_the_process_s_memory():
    assert local.caches("")["default"]["BACKEND"].endswith("LocMemCache")
