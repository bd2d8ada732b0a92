"""Notes in the background when each key was last used, from where, and with which of its two secrets."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from llm.incidents import Incident
from llm.models import ConsumerKey
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
"""The shortest time between two writes of one key in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """One use of a key."""

    at: datetime
    address: str
    is_previous: bool


class KeyUses:
    """The last uses of keys in this process, written by the data thread. A request only notes them in memory."""

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._waiting: dict[str, KeyUse] = {}
        self._written_at: dict[tuple[str, bool], datetime] = {}
        self._is_submitted = False
        self._unwritten = Incident("key_uses_unwritten", log, level="warning")

    def forget(self) -> None:
        """Forgets what waits and what was written, as in a new process."""
        with self._lock:
            self._waiting, self._written_at, self._is_submitted = {}, {}, False

    def note(self, key_id: str, *, at: datetime, address: str, is_previous: bool) -> None:
        """Notes a use. It is written when the last one of this key and secret is older than a minute."""
        written_at = self._written_at.get((key_id, is_previous))
        if written_at is not None and at - written_at < EVERY:
            return
        with self._lock:
            self._written_at[key_id, is_previous] = at
            self._waiting[key_id] = KeyUse(at=at, address=address, is_previous=is_previous)
            if self._is_submitted:
                return
            self._is_submitted = True
        self._thread.submit(self.flush)

    def flush(self) -> None:
        """Writes what waits. A write that fails is made up for by the key's use a minute later."""
        with self._lock:
            uses, self._waiting, self._is_submitted = self._waiting, {}, False
        try:
            write(uses)
        except UNAVAILABLE as error:
            self._unwritten.note(error=type(error).__name__, keys=len(uses))


def write(uses: Mapping[str, KeyUse]) -> None:
    """Writes the uses. Bulk updates send no signal: a use is no change of configuration."""
    for key_id, use in uses.items():
        ConsumerKey.objects.filter(pk=key_id).exclude(last_used_at__gt=use.at).update(
            last_used_at=use.at,
            last_used_from=use.address,
            last_used_secret="previous" if use.is_previous else "current",
        )


key_uses = KeyUses()
