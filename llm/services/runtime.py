"""What lives as long as an event loop: the adapters with their connections, and the router over them."""

import asyncio
import random
import threading
import time
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from llm import adapters
from llm.adapters import AdapterConfig, GeminiBackend
from llm.adapters.config import FORMS
from llm.core.routing.config import Config, ProviderConfig
from llm.gateway.ports import Adapter
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.router import Router, RouterDependencies
from llm.stores.calls.log import DatabaseCallLog
from llm.stores.circuits.database import circuit_store

RETIRED_S = 120.0
"""How long a replaced adapter keeps its connections, for the calls that are still on it."""


class SystemClock:
    """The real clocks and real chance."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def random(self) -> float:
        return random.random()  # noqa: S311  spreads load, guards nothing

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


clock = SystemClock()
call_log = DatabaseCallLog()
_budget = RetryBudget()


def forget_budgets() -> None:
    """Gives every provider a fresh retry budget, as a new process has."""
    _budget.clear()


_warming = threading.Lock()
_warmed: set[str] = set()


class Runtime:
    """The adapters of one event loop, built when first asked for and replaced when their provider changes."""

    def __init__(self) -> None:
        self._config = Config()
        self._adapters: dict[str, tuple[ProviderConfig, Adapter]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.router = Router(
            RouterDependencies(
                adapter_for=self._adapter, circuits=circuit_store, log=call_log, clock=clock, budget=_budget
            )
        )

    async def prepare(self, config: Config) -> None:
        """Takes `config` into use; imports the SDKs that it needs, in a thread, the first time."""
        self._config = config
        kinds = {p.candidate.kind for p in config.providers.values() if p.candidate.has_key}
        if not kinds <= _warmed:
            await asyncio.to_thread(_import_sdks, kinds)

    def adapter(self, provider: ProviderConfig) -> Adapter:
        """The adapter of this provider, as it is configured now."""
        known = self._adapters.get(provider.name)
        if known is not None and _same_account(known[0], provider):
            return known[1]
        built = adapters.build(_adapter_config(provider))
        self._adapters[provider.name] = (provider, built)
        if known is not None:
            task = asyncio.get_running_loop().create_task(_retire(known[1]))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        return built

    def _adapter(self, name: str) -> Adapter:
        return self.adapter(self._config.providers[name])

    async def close(self) -> None:
        """Closes all connections now."""
        for task in self._closing:
            task.cancel()
        for _, adapter in self._adapters.values():
            await adapter.close()
        self._adapters.clear()


def _same_account(one: ProviderConfig, other: ProviderConfig) -> bool:
    return _adapter_config(one) == _adapter_config(other)


def _adapter_config(provider: ProviderConfig) -> AdapterConfig:
    candidate = provider.candidate
    return AdapterConfig(
        name=candidate.name,
        kind=candidate.kind,
        model=candidate.model,
        api_key=provider.api_key,
        base_url=provider.base_url or None,
        gemini_backend=GeminiBackend(provider.gemini_sdk),
        max_tokens=candidate.max_tokens,
        forms=candidate.capabilities & FORMS,
        limits=candidate.limits,
    )


async def _retire(adapter: Adapter) -> None:
    await asyncio.sleep(RETIRED_S)
    await adapter.close()


def warm_up() -> None:
    """For the start of a server: takes over what dead processes left unrecorded, and imports the SDKs.

    Both in the background: the imports take seconds, once a process.
    """
    call_log.start()
    threading.Thread(target=_import_sdks, args=(set(adapters.KINDS),), name="llm-warm-up", daemon=True).start()


async def shut_down() -> None:
    """For the end of a server: the last records are written, the connections closed."""
    await runtime().close()
    await asyncio.to_thread(call_log.stop)
    await asyncio.to_thread(circuit_store.close)


def _import_sdks(kinds: set[str]) -> None:
    with _warming:
        if missing := sorted(kinds - _warmed):
            adapters.warm(missing).join()
            _warmed.update(missing)


_runtimes: WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime] = WeakKeyDictionary()


def runtime() -> Runtime:
    """The runtime of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _runtimes.get(loop)
    if found is None:
        found = _runtimes[loop] = Runtime()
    return found
