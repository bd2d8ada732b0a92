"""Circuit records in Redis: read, written by an atomic compare-and-set, and the notices of writes. Synchronous.

A record is `<version> <circuit as JSON>`; all are fields of one hash, so that one command reads them all.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event
from time import monotonic
from typing import Any, Protocol, cast

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from llm.core.circuit.state import Circuit
from llm.stores.circuits.codec import dump, load
from llm.stores.circuits.records import CircuitNotice, Versioned, Write, Written

log = structlog.get_logger(__name__)

REDIS_UNAVAILABLE = (redis.RedisError, OSError)

SILENCE_S = 1.0
"""A connection for notices is pinged after so long without a message, and given up after twice as long."""
WRITER_S = 3600
"""How long Redis remembers the number of a writer's last write: longer than any write is sent again."""

# A write whose answer was lost is sent again under its old number, and must not count twice.
CHANGE = """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local last = redis.call('GET', KEYS[2])
if last and tonumber(last) >= tonumber(ARGV[3]) then
  return {'known', stored}
end
local version = tonumber(string.match(stored or '', '^%d+') or 0)
if version ~= tonumber(ARGV[2]) then
  return {'newer', stored}
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[7] .. '\\n' .. ARGV[1] .. '\\n' .. ARGV[4])
return {'done', false}
"""


class _Commands(Protocol):
    """The few commands that are used, with the answers that a synchronous client gives."""

    def hgetall(self, name: str) -> dict[bytes, bytes]: ...
    def close(self) -> None: ...


class RedisRecords:
    """The records under `prefix`. Its methods raise the errors of REDIS_UNAVAILABLE.

    Each socket operation takes at most `socket_s` seconds.
    """

    def __init__(self, url: str, prefix: str, *, socket_s: float) -> None:
        # No retries in the client: they would take time without a bound, and a write is sent again by its number.
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=socket_s,
            socket_connect_timeout=socket_s,
        )
        self._commands = cast(_Commands, self._client)
        self._script = self._client.register_script(CHANGE)
        self._prefix = prefix
        self._hash = f"{prefix}circuits"
        self._channel = f"{prefix}changes"

    def read_all(self) -> dict[str, Versioned]:
        """Every record, by provider."""
        fields = self._commands.hgetall(self._hash)
        return {name.decode(): _parse(name.decode(), text) for name, text in fields.items()}

    def compare_and_set(self, write: Write) -> Written:
        """Replaces the expected version, and announces the record to the other workers.

        A writer's numbers grow from write to write. A number that is sent again is carried out once.
        """
        record = f"{write.expected + 1} {json.dumps(dump(write.circuit), separators=(',', ':'))}"
        outcome, text = cast(
            tuple[bytes, bytes | None],
            self._script(
                keys=[self._hash, f"{self._prefix}writer:{write.writer}"],
                args=[write.provider, write.expected, write.number, record, WRITER_S, self._channel, write.writer],
            ),
        )
        if outcome == b"done":
            return Written(done=True, stored=Versioned(circuit=write.circuit, version=write.expected + 1))
        return Written(done=outcome == b"known", stored=None if text is None else _parse(write.provider, text))

    def notices(self, writer: str, stopped: Event) -> Iterator[CircuitNotice]:
        """The writes of others than `writer` as they happen, until `stopped`.

        Raises the errors of REDIS_UNAVAILABLE, also for a connection that stays silent too long.
        """
        with self._subscribed() as pubsub:
            received_at, pinged = monotonic(), False
            while not stopped.is_set():
                message = pubsub.get_message(timeout=SILENCE_S / 4)
                silence = monotonic() - received_at
                if message is not None:
                    received_at, pinged = monotonic(), False
                    if message["type"] == "message" and (notice := self._notice(writer, message["data"])):
                        yield notice
                elif silence > 2 * SILENCE_S:
                    raise redis.ConnectionError("the connection for notices is silent")
                elif silence > SILENCE_S and not pinged:
                    pubsub.ping()
                    pinged = True

    @contextmanager
    def _subscribed(self) -> Iterator[Any]:
        with closing(self._client.pubsub()) as pubsub:
            pubsub.subscribe(self._channel)
            yield pubsub

    @staticmethod
    def _notice(own: str, data: bytes) -> CircuitNotice | None:
        writer, provider, record = data.decode().split("\n", 2)
        if writer == own:
            return None
        return CircuitNotice(provider=provider, record=_parse(provider, record.encode()))

    def close(self) -> None:
        """Closes the connections, also those that another thread uses."""
        self._commands.close()


def _parse(provider: str, text: bytes) -> Versioned:
    """The record; an unusable one (edited by hand) reads as a new circuit until the next write."""
    version, _, value = text.partition(b" ")
    number = int(version) if version.isdigit() else 0
    try:
        return Versioned(circuit=load(json.loads(value)), version=number)
    except ValueError as error:
        log.error("circuit_record_unusable", provider=provider, error=repr(error))
        return Versioned(circuit=Circuit(), version=number)
