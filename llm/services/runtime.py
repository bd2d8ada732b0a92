"""The router of each event loop, and the adapters with their connections, which live as long as the loop."""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import structlog

from llm import adapters
from llm.adapters import AdapterConfig, GeminiBackend, Transport
from llm.adapters.config import FORMS
from llm.conf import llm_settings
from llm.core.routing.config import Config, ProviderConfig
from llm.gateway.hedging.purse import HedgePurse
from llm.gateway.ports import Circuits, ProviderAdapter
from llm.gateway.retry_budget import RetryBudget
from llm.gateway.router import Router, RouterDependencies
from llm.stores import prices
from llm.stores.budgets.ledger import ledger
from llm.stores.calls.log import DatabaseCallLog
from llm.stores.capacity.here import capacity_store
from llm.stores.circuits.store import circuit_store
from llm.stores.config.snapshot import config_store
from llm.vendors.catalogue import quirks_of
from llm.vendors.quirks import NO_QUIRKS

log = structlog.get_logger(__name__)

RETIRED_S = 120.0
"""How long a replaced adapter keeps its connections, for the calls that still use it."""


class SystemClock:
    """The real clocks and the real random numbers."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def random(self) -> float:
        return random.random()  # noqa: S311  spreads load; no security depends on it

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


clock = SystemClock()
purse = HedgePurse()
call_log = DatabaseCallLog()
_budget = RetryBudget()


def forget_budgets() -> None:
    """Gives every provider a full retry budget, and each route an empty purse, as in a new process."""
    _budget.clear()
    purse.clear()


_warming = threading.Lock()
_warmed: set[str] = set()


class Runtime:
    """The adapters of one event loop, built on first use and replaced when their provider changes."""

    def __init__(self) -> None:
        self._config = Config()
        self._adapters: dict[str, tuple[ProviderConfig, ProviderAdapter]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._dependencies = RouterDependencies(
            adapter_for=self._adapter_for,
            circuits=circuit_store,
            log=call_log,
            clock=clock,
            budget=_budget,
            capacities=capacity_store,
            candidates=lambda: self._config.candidates.values(),
            purse=purse,
        )
        self.router = Router(self._dependencies)

    def router_of(self, *, adapter_for: Callable[[str], ProviderAdapter], circuits: Circuits) -> Router:
        """A router of its own for providers that no configuration has yet; it records calls as the other does."""
        return Router(replace(self._dependencies, adapter_for=adapter_for, circuits=circuits, budget=RetryBudget()))

    async def prepare(self, config: Config) -> None:
        """Uses `config` from now on; imports the SDKs that it needs in a thread, the first time."""
        self._config = config
        kinds = {p.candidate.kind for p in config.providers.values() if p.candidate.has_key}
        if not kinds <= _warmed:
            await asyncio.to_thread(import_sdks, kinds)

    async def make_adapters(self) -> None:
        """Makes the adapters of the providers with a key, which the first request would else wait for."""
        for provider in self._config.providers.values():
            if provider.candidate.has_key:
                try:
                    await self.adapter(provider).describe()
                except Exception as error:  # noqa: BLE001  it costs only its provider; a request tells more
                    log.warning("adapter_not_made", provider=provider.name, error=type(error).__name__)

    def adapter(self, provider: ProviderConfig) -> ProviderAdapter:
        """The adapter for this configuration of the provider."""
        cached = self._adapters.get(provider.name)
        if cached is not None:
            if cached[0] is provider:
                return cached[1]
            if _adapter_config(cached[0]) == _adapter_config(provider):
                self._adapters[provider.name] = (provider, cached[1])
                return cached[1]
        adapter = build_adapter(provider)
        self._adapters[provider.name] = (provider, adapter)
        if cached is not None:
            task = asyncio.get_running_loop().create_task(_retire(cached[1]))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        return adapter

    def unsaved_adapter(self, provider: ProviderConfig) -> ProviderAdapter:
        """An adapter for settings that are not in force. The caller closes it."""
        return adapters.build(_adapter_config(provider))

    def _adapter_for(self, name: str) -> ProviderAdapter:
        return self.adapter(self._config.providers[name])

    async def close(self) -> None:
        """Closes all connections now, those of replaced adapters too."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for _, adapter in self._adapters.values():
            await adapter.close()
        self._adapters.clear()


def build_adapter(provider: ProviderConfig) -> ProviderAdapter:
    """An adapter that no provider of this loop shares. Its user closes it."""
    return adapters.build(_adapter_config(provider))


def _adapter_config(provider: ProviderConfig) -> AdapterConfig:
    candidate = provider.candidate
    return AdapterConfig(
        name=candidate.name,
        kind=candidate.kind,
        model=candidate.model,
        api_key=provider.api_key,
        base_url=provider.base_url or None,
        gemini_backend=GeminiBackend(provider.gemini_sdk),
        transport=Transport(llm_settings().transport),
        max_tokens=candidate.max_tokens,
        forms=candidate.capabilities & FORMS,
        limits=candidate.limits,
        reach=provider.reach,
        quirks=quirks_of(provider.vendor, provider.base_url) if candidate.kind == "openai" else NO_QUIRKS,
    )


async def _retire(adapter: ProviderAdapter) -> None:
    try:
        await asyncio.sleep(RETIRED_S)
    finally:
        await adapter.close()


async def warm_up() -> None:
    """Prepares a server at its start. The calls of dead processes are recovered in the background.

    An unreachable store is waited for no longer than a request would wait.
    """
    call_log.start()
    await prepare()


async def prepare() -> None:
    """Loads what the first answer needs: configuration, circuits, SDKs and adapters. What is there costs nothing."""
    config = await config_store.current()
    await circuit_store.read()
    await runtime().prepare(config)
    await runtime().make_adapters()


async def shut_down() -> None:
    """Ends a server's work: closes the connections and writes the last records."""
    await runtime().close()
    await asyncio.to_thread(call_log.stop)
    await asyncio.to_thread(ledger.close)
    await asyncio.to_thread(capacity_store.close)
    await asyncio.to_thread(circuit_store.close)


def import_sdks(kinds: Iterable[str] = tuple(adapters.KINDS)) -> None:
    """Imports the SDKs of `kinds`, each once per process, and the price list. Takes seconds."""
    with _warming:
        if missing := sorted(set(kinds) - _warmed):
            adapters.warm(missing).join()
            prices.warm()
            _warmed.update(missing)


_runtimes: WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime] = WeakKeyDictionary()


def runtime() -> Runtime:
    """The runtime of the running event loop."""
    loop = asyncio.get_running_loop()
    current = _runtimes.get(loop)
    if current is None:
        current = _runtimes[loop] = Runtime()
    return current
