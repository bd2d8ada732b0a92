"""Our own identifiers: UUIDv7, which sort by time. Never a vendor's id, never a guessable number."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 74 bits of chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (chance >> 64 & 0xFFF) << 64
    value |= 0b10 << 62 | chance & (1 << 62) - 1
    return uuid.UUID(int=value)
