"""Where workers leave their shares and find those of the others: Redis, or a table. Synchronous."""

from typing import Any, ClassVar, Protocol, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from llm.models import CapacityShare
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.timeouts import SOCKET_S
from llm.stores.unavailable import UNAVAILABLE

KEPT_S = 3600.0
"""A share that nobody has renewed for so long is dropped. Until then it teaches workers that start."""


class Backend(Protocol):
    """`unavailable`: what `exchange` raises while the store is away. `turn_s`: seconds between two exchanges."""

    @property
    def unavailable(self) -> tuple[type[Exception], ...]: ...
    @property
    def turn_s(self) -> float: ...

    def exchange(self, worker: str, own: str | None, at: float) -> list[str]:
        """Stores this worker's share, unless it is None, and returns those of the others. `at`: Unix seconds."""
        ...

    def close(self) -> None: ...


class RedisBackend:
    """One field a worker in a hash, `<Unix seconds> <share>`. Raises ValueError for a URL that is not Redis's."""

    unavailable: ClassVar[tuple[type[Exception], ...]] = (redis.RedisError, OSError)
    turn_s = 1.0

    def __init__(self, url: str, prefix: str = "djobea:llm:") -> None:
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=SOCKET_S,
            socket_connect_timeout=SOCKET_S,
        )
        self._hash = f"{prefix}capacity"

    def exchange(self, worker: str, own: str | None, at: float) -> list[str]:
        with self._client.pipeline(transaction=False) as pipeline:
            if own is not None:
                pipeline.hset(self._hash, worker, f"{at:.3f} {own}")
                pipeline.expire(self._hash, int(KEPT_S))
            pipeline.hgetall(self._hash)
            fields = cast(dict[bytes, bytes], pipeline.execute()[-1])
        others, old = [], []
        for name, text in fields.items():
            written, _, share = text.decode().partition(" ")
            if _is_old(written, at):
                old.append(name)
            elif name.decode() != worker:
                others.append(share)
        if old:
            self._client.hdel(self._hash, *cast(Any, old))
        return others

    def close(self) -> None:
        self._client.close()


def _is_old(written: str, at: float) -> bool:
    try:
        return at - float(written) > KEPT_S
    except ValueError:
        return True


class DatabaseBackend:
    """A row a worker. Runs in the data thread, whose connection it shares."""

    unavailable: ClassVar[tuple[type[Exception], ...]] = (*UNAVAILABLE, TimeoutError)
    turn_s = 2.0

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread

    def exchange(self, worker: str, own: str | None, at: float) -> list[str]:
        limit_s = self._thread.timeout_s
        if self._thread.is_stuck(limit_s):
            raise TimeoutError
        return self._thread.submit(lambda: _exchange(worker, own, at)).result(limit_s)

    def close(self) -> None:
        """The data thread belongs to all."""


def _exchange(worker: str, own: str | None, at: float) -> list[str]:
    if own is not None:
        CapacityShare.objects.update_or_create(worker=worker, defaults={"at": at, "share": own})
    CapacityShare.objects.filter(at__lt=at - KEPT_S).delete()
    return list(CapacityShare.objects.exclude(worker=worker).values_list("share", flat=True))
