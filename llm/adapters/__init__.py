"""The registry of vendor adapters: kind -> where its class lives, imported on first use.

The SDKs cost seconds to import, so nothing here imports one; `warm` does it ahead of need.
"""

import threading
from collections.abc import Iterable
from importlib import import_module

from llm.adapters.base import Adapter
from llm.adapters.config import AdapterConfig, GeminiBackend, Transport

__all__ = ["KINDS", "Adapter", "AdapterConfig", "GeminiBackend", "Transport", "UnknownKind", "build", "warm"]

KINDS: dict[str, str] = {
    "claude": "llm.adapters.claude.adapter.ClaudeAdapter",
    "gemini": "llm.adapters.gemini.adapter.GeminiAdapter",
    "openai": "llm.adapters.openai.adapter.OpenAIAdapter",
}
"""Kind -> dotted path of its `Adapter` class. A new vendor is one line here."""


class UnknownKind(LookupError):
    """No adapter is registered for this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no adapter of kind {kind!r}; known kinds: {', '.join(KINDS)}.")


def build(config: AdapterConfig) -> Adapter:
    """An adapter for the account, ready to be asked. The first one of a kind imports its SDK (1 to 5 s).

    The adapter belongs to the event loop that first uses it. Raises `UnknownKind`.
    """
    return _adapter_class(config.kind)(config)


def warm(kinds: Iterable[str] = tuple(KINDS)) -> threading.Thread:
    """Imports the SDKs of `kinds` in a daemon thread, which is returned started; unknown kinds are left out."""
    known = [kind for kind in kinds if kind in KINDS]

    def import_all() -> None:
        for kind in known:
            _adapter_class(kind)

    thread = threading.Thread(target=import_all, name="warm-llm-adapters", daemon=True)
    thread.start()
    return thread


def _adapter_class(kind: str) -> type[Adapter]:
    if kind not in KINDS:
        raise UnknownKind(kind)
    module, _, name = KINDS[kind].rpartition(".")
    found = getattr(import_module(module), name)
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise TypeError(f"{KINDS[kind]} is no adapter")
    return found
