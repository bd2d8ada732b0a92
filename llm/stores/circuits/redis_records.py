"""Circuit records in Redis: read, changed by an atomic compare-and-set, and the notices of changes. Synchronous.

A record is `<version> <circuit as JSON>`; all of them are fields of one hash, so that one command reads them all.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any, Protocol, cast
from uuid import uuid4

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from llm.core.circuit.state import Circuit
from llm.stores.circuits.codec import dump, load
from llm.stores.circuits.rows import Versioned

log = structlog.get_logger(__name__)

GONE = (redis.RedisError, OSError)

SILENCE_S = 1.0
"""A line for notices that is quiet for so long is asked for a sign of life; after twice as long it counts as cut."""
WRITER_S = 3600
"""How long Redis remembers the number of a writer's last change: longer than any change is sent again."""

# A change that was carried out, but whose answer was lost, is sent again under its old number: it must not count twice.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`done` tells whether this change is in, `stored` what Redis now has (None: nothing)."""

    done: bool
    stored: Versioned | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    provider: str
    record: Versioned


class _Commands(Protocol):
    """The few commands that are used, with the answers that a synchronous client gives."""

    def hget(self, name: str, key: str) -> bytes | None: ...
    def hgetall(self, name: str) -> dict[bytes, bytes]: ...
    def close(self) -> None: ...


class RedisCircuits:
    """One writer's view of the records under `prefix`. Its methods raise the errors of `GONE`.

    They wait for Redis at most `socket_s` seconds at a time.
    """

    def __init__(self, url: str, prefix: str, *, socket_s: float) -> None:
        # No retries in the client: they would take time without a bound, and a change is sent again by its number.
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=socket_s,
            socket_connect_timeout=socket_s,
        )
        self._commands = cast(_Commands, self._client)
        self._change = self._client.register_script(CHANGE)
        self._writer = uuid4().hex
        self._hash = f"{prefix}circuits"
        self._channel = f"{prefix}changes"
        self._writer_key = f"{prefix}writer:{self._writer}"

    def read_all(self) -> dict[str, Versioned]:
        """Every record, by provider."""
        fields = self._commands.hgetall(self._hash)
        return {name.decode(): _parse(name.decode(), text) for name, text in fields.items()}

    def read(self, provider: str) -> Versioned | None:
        """One record; None when there is none."""
        text = self._commands.hget(self._hash, provider)
        return None if text is None else _parse(provider, text)

    def write(self, provider: str, circuit: Circuit, *, expected: int, number: int) -> Written:
        """Puts `circuit` in the place of version `expected` (0: of nothing), and tells the other workers.

        `number` grows from change to change and stays when one is sent again: it is carried out once.
        """
        record = f"{expected + 1} {json.dumps(dump(circuit), separators=(',', ':'))}"
        how, text = cast(
            tuple[bytes, bytes | None],
            self._change(
                keys=[self._hash, self._writer_key],
                args=[provider, expected, number, record, WRITER_S, self._channel, self._writer],
            ),
        )
        if how == b"done":
            return Written(done=True, stored=Versioned(circuit=circuit, version=expected + 1))
        return Written(done=how == b"known", stored=None if text is None else _parse(provider, text))

    def notices(self, stopped: Event) -> Iterator[Notice]:
        """The other writers' changes as they happen, until `stopped` or the line is cut (an error of `GONE`)."""
        with self._subscribed() as pubsub:
            heard_at, asked = monotonic(), False
            while not stopped.is_set():
                message = pubsub.get_message(timeout=SILENCE_S / 4)
                silence = monotonic() - heard_at
                if message is not None:
                    heard_at, asked = monotonic(), False
                    if message["type"] == "message" and (notice := self._notice(message["data"])):
                        yield notice
                elif silence > 2 * SILENCE_S:
                    raise redis.ConnectionError("no sign of life on the line for notices")
                elif silence > SILENCE_S and not asked:
                    pubsub.ping()
                    asked = True

    @contextmanager
    def _subscribed(self) -> Iterator[Any]:
        with closing(self._client.pubsub()) as pubsub:
            pubsub.subscribe(self._channel)
            yield pubsub

    def _notice(self, data: bytes) -> Notice | None:
        writer, provider, record = data.decode().split("\n", 2)
        if writer == self._writer:
            return None
        return Notice(provider=provider, record=_parse(provider, record.encode()))

    def close(self) -> None:
        """Closes the connections, also those that another thread waits on."""
        self._commands.close()


def _parse(provider: str, text: bytes) -> Versioned:
    """The record; one that makes no sense (edited by hand) counts as well, until its next change mends it."""
    version, _, value = text.partition(b" ")
    number = int(version) if version.isdigit() else 0
    try:
        return Versioned(circuit=load(json.loads(value)), version=number)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.error("circuit_record_unusable", provider=provider, error=repr(error))
        return Versioned(circuit=Circuit(), version=number)
