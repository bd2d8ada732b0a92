"""Rules of repeated requests: the key, the body's fingerprint, and the answers that are kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_S = 24 * 3600.0
"""How long an answer is kept: one day."""
LONGEST_KEY = 255
MOST_BYTES = 4 * 1024 * 1024
"""The largest answer that is kept: about 20,000 streamed tokens, more than vendors' models produce."""

REJECTED = 422
"""Status of a request that a vendor rejected, which may have cost money."""

_HEADERS = ("content-type", "location", "cache-control", "x-accel-buffering")
_PREFIX = "x-llm-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a key is unique: one path of one consumer (a consumer key, else a user's session)."""

    user_id: int
    consumer: str
    path: str
    key: str = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of all fields, in hex. Only the digest is stored: keys may contain personal data."""
        return _sha256([self.user_id, self.consumer, self.path, self.key])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it was sent, for requests that repeat it. A stream's `body` is all of its events."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_key(text: str) -> bool:
    """Whether `text` is a valid key: 1 to 255 visible ASCII characters."""
    return 1 <= len(text) <= LONGEST_KEY and all("!" <= character <= "~" for character in text)


def fingerprint(body: Mapping[str, Any]) -> str:
    """A hash of the body that ignores key order and spacing. Raises RecursionError for extreme nesting."""
    return _sha256(body)


def is_kept(status: int, *, degraded: bool, size: int) -> bool:
    """Whether an answer is kept for repeats; otherwise a repeat is a new request.

    The static answer, rate limits and the gateway's own errors are transient: a repeat may get a real
    answer. A refusal before any vendor call (400, 401, 403, 404 …) costs nothing to repeat.
    """
    return (200 <= status < 300 or status == REJECTED) and not degraded and size <= MOST_BYTES


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that belong to the answer. Drops those of one delivery: dates, lengths, request ids."""
    return {name: value for name, value in headers.items() if name.lower() in _HEADERS or _is_ours(name)}


def _is_ours(name: str) -> bool:
    return name.lower().startswith(_PREFIX)


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
