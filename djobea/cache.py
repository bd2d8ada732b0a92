"""Django's cache on Redis. While Redis is unreachable, each process uses its own memory."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from llm.incidents import Incident

log = structlog.get_logger(__name__)

unreachable = Incident("cache_unreachable", log, ended="cache_back", quiet_s=None)
"""Of the process: Django makes a cache for each thread."""


class ForgivingRedisCache(RedisCache):
    """A Redis cache that falls back to local memory instead of raising.

    Its contents may be lost: throttle counts and sums for a page. The timeouts in OPTIONS bound every wait.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("forgiving-redis", {})

    def _shared_or_local(self, shared: Callable[..., Any], local: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            result = shared(*args, **kwargs)
        except (RedisError, OSError) as error:
            unreachable.note(error=type(error).__name__, meaning="each process uses its own memory")
            return local(*args, **kwargs)
        unreachable.over()
        return result

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._shared_or_local(super().get, self._local.get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._shared_or_local(super().set, self._local.set, *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._shared_or_local(super().add, self._local.add, *args, **kwargs))

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._shared_or_local(super().touch, self._local.touch, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._shared_or_local(super().delete, self._local.delete, *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._shared_or_local(super().has_key, self._local.has_key, *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self._shared_or_local(super().incr, self._local.incr, *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return dict(self._shared_or_local(super().get_many, self._local.get_many, *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[str]:
        return list(self._shared_or_local(super().set_many, self._local.set_many, *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._shared_or_local(super().delete_many, self._local.delete_many, *args, **kwargs)

    def clear(self) -> Any:
        return self._shared_or_local(super().clear, self._local.clear)
