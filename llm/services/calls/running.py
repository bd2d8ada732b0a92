"""The calls that are running now on this host."""

from django.core.cache import cache

from llm.conf import llm_settings
from llm.stores.calls.running import RunningCall, running_calls

FRESH_S = 1
"""How old the list may be, for all readers together."""


def running_now() -> list[RunningCall]:
    """The running calls, the longest first."""
    found: list[RunningCall] | None = cache.get("llm.running")
    if found is None:
        found = running_calls(llm_settings().journal_dir)
        cache.set("llm.running", found, FRESH_S)
    return found
