"""Requests that may be repeated: their key, their fingerprint, and which answers a repeat gets again. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_S = 24 * 3600.0
"""Seconds for which an answer is kept."""
LONGEST_KEY = 255
MOST_BYTES = 4 * 1024 * 1024
"""Of an answer that is kept: some 20,000 streamed tokens; vendors' models end before that."""

REJECTED = 422
"""A vendor has judged the request itself and found it wanting, which may have cost money."""

_HEADERS = ("content-type", "location", "cache-control", "x-accel-buffering")
_PREFIX = "x-llm-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a key counts: for one consumer (a consumer key, or else a user's session), at one path."""

    user_id: int
    consumer: str
    path: str
    key: str = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of it all, in hex. Only this is stored: people put names and numbers into their keys."""
        return _sha256([self.user_id, self.consumer, self.path, self.key])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as it went out: to a repeat the same goes out again. A stream's `body` is all of its events."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_key(text: str) -> bool:
    """Whether `text` may be a key: 1 to 255 visible ASCII characters."""
    return 1 <= len(text) <= LONGEST_KEY and all("!" <= character <= "~" for character in text)


def fingerprint(body: Mapping[str, Any]) -> str:
    """The same for bodies that say the same, in whatever order and spacing. Raises RecursionError for absurd depths."""
    return _sha256(body)


def is_kept(status: int, *, degraded: bool, size: int) -> bool:
    """Whether an answer is to be given again; else a repeat is a new request.

    The static answer, rate limits and our own troubles pass: a repeat deserves a real answer. What was
    refused before anybody was asked (400, 401, 403, 404 …) is refused again, or right by then, at no cost.
    """
    return (200 <= status < 300 or status == REJECTED) and not degraded and size <= MOST_BYTES


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that belong to the answer, and not to the way it went out, such as dates, lengths and request ids."""
    return {name: value for name, value in headers.items() if name.lower() in _HEADERS or _is_ours(name)}


def _is_ours(name: str) -> bool:
    return name.lower().startswith(_PREFIX)


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
