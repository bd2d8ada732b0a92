"""What limits share through Redis: what is spent of each account, and what each worker has leased of it.

An account is two hashes: spending by slot, and leases by window and holder. One script settles a wish in one step.
While Redis is away limits are shared through the database, which then counts from nothing: what is let through in the
minute of the change is at most twice a limit.
"""

import os
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol, TypeVar, cast

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from llm.core.budgets.lease import LEASE_S, SHARE
from llm.incidents import Incident
from llm.stores.budgets.rows import DatabaseLedger, Exchange, Leased
from llm.stores.timeouts import SOCKET_S

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

REDIS_UNAVAILABLE = (redis.RedisError, OSError)
PREFIX = "djobea:llm:limits:"
AGAIN_S = 2.0
"""A Redis that has failed is asked again so much later."""
KEPT_S = 3600
"""An account that nobody asks about is forgotten after so long: later than its window and its leases have ended."""

# `granted` of llm/core/budgets/lease.py, where nobody may come in between. Leases that have ended are deleted.
EXCHANGE = """
local slots, leases, holder = KEYS[1], KEYS[2], ARGV[1]
local window, first, last, cap = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local keep, need, slack, largest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local lease_s, share, kept_s = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000

for i = 13, #ARGV, 2 do redis.call('HINCRBY', slots, ARGV[i], ARGV[i + 1]) end
local spent, oldest, rows = 0, -1, redis.call('HGETALL', slots)
for i = 1, #rows, 2 do
  local slot, amount = tonumber(rows[i]), tonumber(rows[i + 1])
  if slot >= first and slot <= last then
    spent = spent + amount
    if amount > 0 and (oldest < 0 or slot < oldest) then oldest = slot end
  elseif slot < first - (last - first) then
    redis.call('HDEL', slots, rows[i])
  end
end

local own, others = 0, 0
rows = redis.call('HGETALL', leases)
for i = 1, #rows, 2 do
  local slot, name = string.match(rows[i], '^(%-?%d+):(.*)$')
  local amount, ends = string.match(rows[i + 1], '^(%d+) (.*)$')
  if tonumber(ends) <= now then
    redis.call('HDEL', leases, rows[i])
  elseif slot == window then
    if name == holder then own = tonumber(amount) else others = others + tonumber(amount) end
  end
end

keep = math.min(keep, own)
local left, grant = cap - spent - others - keep, 0
if left > 0 then
  grant = math.min(left, need)
  if left > need and largest > 0 then
    local spare = math.min(slack, math.floor((left - need) / share))
    grant = need + math.floor(spare / largest) * largest
  end
end
local amount = keep + grant
if amount > 0 then
  redis.call('HSET', leases, window .. ':' .. holder, string.format('%.0f %.3f', amount, now + lease_s))
else
  redis.call('HDEL', leases, window .. ':' .. holder)
end
redis.call('EXPIRE', slots, kept_s)
redis.call('EXPIRE', leases, kept_s)
return {amount, left - grant, oldest}
"""


class _Commands(Protocol):
    """The commands that are used outside the script, with the answers of a synchronous client."""

    def ping(self) -> bool: ...
    def hgetall(self, name: str) -> dict[bytes, bytes]: ...
    def close(self) -> None: ...


class RedisLimits:
    """Limits in the Redis at `url`, whose keys begin with `prefix`. Connects on first use.

    `socket_s` bounds each operation on the connection, in seconds. Raises ValueError for a URL that is not Redis's.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX, socket_s: float = SOCKET_S) -> None:
        parse_url(url)
        self._url, self._prefix, self._socket_s = url, prefix, socket_s
        self._database = DatabaseLedger()
        self._unreachable = Incident("limits_in_database", log, ended="limits_in_redis")
        self.start_over()

    def start_over(self) -> None:
        """As in a new process."""
        self._client: redis.Redis | None = None
        self._pid = os.getpid()
        self._again_at = 0.0

    def check(self) -> None:
        """One round trip, to the database while Redis is away. Raises DatabaseError then."""
        try:
            self._asked(lambda: cast(_Commands, self._connected()).ping())
        except REDIS_UNAVAILABLE:
            self._database.check()

    def exchange(self, holder: str, wishes: Sequence[Exchange]) -> list[Leased]:
        """Settles all wishes in one round trip, in the database while Redis is away. Raises DatabaseError then.

        A wish whose answer is lost is told again, and its spending may count twice: for a minute too much, never too
        little.
        """
        try:
            return self._asked(lambda: self._exchange(holder, wishes))
        except REDIS_UNAVAILABLE:
            return self._database.exchange(holder, wishes)

    def _asked(self, work: Callable[[], Result]) -> Result:
        """What Redis answers. Raises the errors of REDIS_UNAVAILABLE, at once when it has failed just now."""
        if monotonic() < self._again_at:
            raise redis.ConnectionError("Redis has failed just now")
        try:
            result = work()
        except REDIS_UNAVAILABLE as error:
            self._again_at = monotonic() + AGAIN_S
            self._unreachable.note(error=type(error).__name__)
            raise
        self._unreachable.over()
        return result

    def _exchange(self, holder: str, wishes: Sequence[Exchange]) -> list[Leased]:
        client = self._connected()
        script = client.register_script(EXCHANGE)
        with client.pipeline(transaction=False) as pipeline:
            for wish in wishes:
                script(keys=self._keys(wish.account), args=_arguments(holder, wish), client=pipeline)
            answers = cast(list[tuple[int, int, int]], pipeline.execute())
        return [Leased(amount=amount, left=left, oldest=None if at < 0 else at) for amount, left, at in answers]

    def read(self, account: str) -> tuple[dict[int, int], list[tuple[int, int, float]]]:
        """For people: what is spent by slot, and the leases as (window, amount, end in Unix seconds).

        Raises the errors of REDIS_UNAVAILABLE.
        """
        slots, leases = self._asked(lambda: [self._fields(key) for key in self._keys(account)])
        spent = {int(slot): int(amount) for slot, amount in slots.items()}
        held = []
        for name, value in leases.items():
            amount, _, ends = value.partition(b" ")
            held.append((int(name.partition(b":")[0]), int(amount), float(ends)))
        return spent, held

    def _fields(self, key: str) -> dict[bytes, bytes]:
        return cast(_Commands, self._connected()).hgetall(key)

    def close(self) -> None:
        """Closes the connections. The next exchange opens others."""
        if self._client is not None and self._pid == os.getpid():
            cast(_Commands, self._client).close()
        self._client = None
        self._database.close()

    def _connected(self) -> redis.Redis:
        if self._client is None:
            # No retries in the client: they would take time without a bound.
            self._client = redis.Redis.from_url(
                self._url,
                protocol=2,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=self._socket_s,
                socket_connect_timeout=self._socket_s,
            )
        return self._client

    def _keys(self, account: str) -> list[str]:
        """Of one hash slot, should Redis be a cluster."""
        return [f"{self._prefix}{{{account}}}:spent", f"{self._prefix}{{{account}}}:leases"]


def _arguments(holder: str, wish: Exchange) -> list[str | int | float]:
    told = [number for slot_and_amount in wish.spent.items() for number in slot_and_amount]
    asked = [wish.lease_slot, wish.first, wish.slot, wish.cap, wish.keep, wish.need, wish.slack, wish.largest]
    return [holder, *asked, LEASE_S, SHARE, KEPT_S, *told]


limits = RedisLimits(settings.REDIS_URL) if settings.REDIS_URL else None
"""Where this process shares its limits; None: in the database."""
