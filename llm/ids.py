"""Our own identifiers: UUIDv7, which sort by time. Never a vendor's id, never a guessable number."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LAST_MILLISECOND = (1 << 48) - 1
CHANCE_BYTES = 10


class RandomBytes:
    """The system's random bytes, fetched `FETCHED` at a time: a system call an id lets the other threads in each time.

    Any thread may take. Each byte is given once, in one process: a fork forgets what was fetched.
    """

    FETCHED = 4_000

    def __init__(self) -> None:
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._fetched, self._given = b"", 0

    def take(self, count: int) -> bytes:
        """`count` bytes, at most `FETCHED`."""
        with self._lock:
            if self._given + count > len(self._fetched):
                self._fetched, self._given = os.urandom(self.FETCHED), 0
            self._given += count
            return self._fetched[self._given - count : self._given]


_random_bytes = RandomBytes()


def uuid7(at: datetime | None = None) -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds of `at` (None: now), 74 of chance."""
    milliseconds = time.time_ns() // 1_000_000 if at is None else _milliseconds(at)
    chance = int.from_bytes(_random_bytes.take(CHANCE_BYTES), "big")
    value = (milliseconds & LAST_MILLISECOND) << 80
    value |= 0x7 << 76 | (chance >> 64 & 0xFFF) << 64
    value |= 0b10 << 62 | chance & (1 << 62) - 1
    return uuid.UUID(int=value)


def smallest(at: datetime) -> uuid.UUID:
    """The smallest UUID of the millisecond of `at`: smaller than each id made then or later."""
    return uuid.UUID(int=min(max(_milliseconds(at), 0), LAST_MILLISECOND) << 80)


def largest(at: datetime) -> uuid.UUID:
    """The largest UUID of the millisecond of `at`: larger than each id made then or earlier."""
    return uuid.UUID(int=smallest(at).int | (1 << 80) - 1)


def moment(own_id: uuid.UUID) -> datetime:
    """The millisecond in which a UUIDv7 was made. Raises OverflowError when no datetime can hold it."""
    return EPOCH + (own_id.int >> 80) * MILLISECOND


def attempt_id(call_id: uuid.UUID, seq: int) -> uuid.UUID:
    """The id of the attempt `seq` (1 to 32,767) of a call: the call's id with `seq` XORed into its last 16 bits.

    So an attempt bears its call's time, and writing it twice gives one row. Two calls of one millisecond differ in 58
    more random bits of the part that stays.
    """
    return uuid.UUID(int=call_id.int ^ seq)


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND
