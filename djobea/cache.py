"""Django's cache on Redis, for a Redis that may be slow or gone: then each process goes by a memory of its own."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """What the product keeps here may be lost: counts of a throttle, sums for a page. So nobody fails for it.

    OPTIONS are those of Redis's connections; its timeouts bound every wait.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("forgiving-redis", {})
        self._alone = False

    def _either(self, shared: Callable[..., Any], own: Callable[..., Any], *args: Any, **more: Any) -> Any:
        try:
            result = shared(*args, **more)
        except (RedisError, OSError) as error:
            if not self._alone:
                log.warning("cache_unreachable", error=type(error).__name__, meaning="each process counts by itself")
            self._alone = True
            return own(*args, **more)
        self._alone = False
        return result

    def get(self, *args: Any, **more: Any) -> Any:
        return self._either(super().get, self._own.get, *args, **more)

    def set(self, *args: Any, **more: Any) -> None:
        self._either(super().set, self._own.set, *args, **more)

    def add(self, *args: Any, **more: Any) -> bool:
        return bool(self._either(super().add, self._own.add, *args, **more))

    def touch(self, *args: Any, **more: Any) -> bool:
        return bool(self._either(super().touch, self._own.touch, *args, **more))

    def delete(self, *args: Any, **more: Any) -> bool:
        return bool(self._either(super().delete, self._own.delete, *args, **more))

    def has_key(self, *args: Any, **more: Any) -> bool:
        return bool(self._either(super().has_key, self._own.has_key, *args, **more))

    def incr(self, *args: Any, **more: Any) -> int:
        return int(self._either(super().incr, self._own.incr, *args, **more))

    def get_many(self, *args: Any, **more: Any) -> dict[str, Any]:
        return dict(self._either(super().get_many, self._own.get_many, *args, **more))

    def set_many(self, *args: Any, **more: Any) -> list[str]:
        return list(self._either(super().set_many, self._own.set_many, *args, **more))

    def delete_many(self, *args: Any, **more: Any) -> None:
        self._either(super().delete_many, self._own.delete_many, *args, **more)

    def clear(self) -> Any:
        return self._either(super().clear, self._own.clear)
