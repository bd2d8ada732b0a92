"""Keeps a snapshot of the configuration in memory, so that requests need no query.

The store reads the version row once a second and reloads the snapshot when it has changed. A change
made in this process causes a reload at the next request.
"""

import asyncio
import hashlib
import threading
from time import monotonic

import structlog
from django.db import OperationalError

from llm.conf import asked_url, key_belongs, llm_settings, reach_of, secret
from llm.core.addresses.judge import address_fault
from llm.core.chat.request import Capability
from llm.core.circuit.override import Override
from llm.core.exceptions import NotChecked
from llm.core.failures.scope import Fate
from llm.core.routing.config import Config, ProviderConfig
from llm.core.routing.plan import Candidate
from llm.incidents import Incident
from llm.limits import limits_of
from llm.models import ConfigVersion, Provider, RouteRule, StaticText
from llm.stores.budgets.rules import read_rules
from llm.stores.circuits import overrides
from llm.stores.config import changes
from llm.stores.config.environment import sync_providers
from llm.stores.config.key_records import read_keys
from llm.stores.config.policies import read_policies
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.prices import context_window, prepare_rates
from llm.stores.prices.operators import read_prices
from llm.stores.secrets import SecretUnreadable, decrypt
from llm.stores.unavailable import UNAVAILABLE
from llm.vendors.catalogue import price_id_of

log = structlog.get_logger(__name__)

FRESH_S = 1.0
"""An older snapshot is checked before use."""
REFRESH_S = 0.5
"""An older snapshot is checked in the background."""
IDLE_S = 2.0
"""An older snapshot is of a worker without requests. It may lack a new budget or a revocation, so it is waited for."""
IDLE_TIMEOUT_S = 1.0
"""Timeout of the check of such a snapshot, unless the database is known to be away."""
RELOAD_S = 0.1
"""The shortest time between the starts of two forced checks."""
RELOAD_TIMEOUT_S = 5.0
"""Timeout of a forced check, as long as that of the first load: without its result there is no answer."""
FIRST_LOAD_S = 5.0
"""Timeout of the first load. Longer than later ones, because no snapshot can replace it."""
OWN_CHANGE_S = 1.0
"""Timeout of the first check after a change in this process: its author expects the change to apply."""


class ConfigStore:
    """The configuration of a process; one instance serves all its threads and event loops."""

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._config = Config()
        self._generation = -1
        self._synced = False
        self._checked_at = -FRESH_S
        """When the last successful check began, on the monotonic clock. A change before that is in the snapshot."""
        self._failed_at = -FRESH_S
        """When the last failed check began."""
        self._refreshing = False
        self._away = False
        """Whether the last check failed, or was late."""
        self._unreachable = Incident("config_store_unreachable", log, ended="config_store_back", quiet_s=None)

    async def current(self) -> Config:
        """The configuration, at most a second old while the database answers in time.

        At most IDLE_S old while it answers within IDLE_TIMEOUT_S: the first requests after an idle time wait so long.
        """
        if self._config.version < 0 and self._age() > FRESH_S:
            await self._check(FIRST_LOAD_S)
        elif self._generation != changes.generation():
            await self._check(OWN_CHANGE_S)
        elif self._age() > IDLE_S and not self._away:
            await self._check(IDLE_TIMEOUT_S)
        elif self._age() > FRESH_S:
            await self._check()
        elif self._age() > REFRESH_S and not self._refreshing:
            self._refreshing = True
            self._thread.submit(self._refresh_in_background)
        return self._config

    async def reload(self) -> Config:
        """A configuration read after this moment, for a name or key that the snapshot lacks but that may be new.

        Raises NotChecked when the database does not answer within RELOAD_TIMEOUT_S. Requests that wait at once share
        one check, and checks are RELOAD_S apart: a flood of wrong keys waits, and causes ten queries a second.
        """
        requested_at = monotonic()
        await asyncio.sleep(max(0.0, max(self._checked_at, self._failed_at) + RELOAD_S - requested_at))
        if self._checked_at >= requested_at:
            return self._config
        if self._thread.is_stuck(RELOAD_TIMEOUT_S):
            raise NotChecked
        try:
            await self._thread.run(lambda: self._refresh_since(requested_at), timeout_s=RELOAD_TIMEOUT_S)
        except (TimeoutError, *UNAVAILABLE) as error:
            self._unreachable.note(error=type(error).__name__, known_version=self._config.version)
            raise NotChecked from error
        return self._config

    def reload_sync(self) -> Config:
        """A configuration read after this moment. Blocks on the database; raises DatabaseError."""
        self._refresh()
        return self._config

    def current_sync(self) -> Config:
        """`current` for threads without a running loop. Raises DatabaseError only before the first load."""
        if self._generation != changes.generation() or self._age() > FRESH_S:
            try:
                self._refresh()
            except UNAVAILABLE:
                if self._config.version < 0:
                    raise
        return self._config

    def peek(self) -> Config:
        """The snapshot in memory, without a check; empty before the first load."""
        return self._config

    def forget(self) -> None:
        """Drops the snapshot, which puts the store in the state of a new process."""
        self._config = Config()
        self._synced = False
        self._checked_at = self._failed_at = -FRESH_S
        self._away = False
        self._unreachable.forget()

    def _age(self) -> float:
        return monotonic() - self._checked_at

    async def _check(self, at_least_s: float = 0.0) -> None:
        requested_at, timeout_s = monotonic(), max(at_least_s, self._thread.timeout_s)
        try:
            await self._thread.run(lambda: self._refresh_since(requested_at), timeout_s=timeout_s)
        except (TimeoutError, *UNAVAILABLE) as error:
            # The next check follows in half a second. A change of this process is not lost: it raised the version.
            self._checked_at = monotonic() - FRESH_S + REFRESH_S
            self._generation = changes.generation()
            self._away = True
            self._unreachable.note(error=type(error).__name__, known_version=self._config.version)

    def _refresh_in_background(self) -> None:
        try:
            self._refresh()
        except UNAVAILABLE as error:
            self._unreachable.note(error=type(error).__name__, known_version=self._config.version)
        finally:
            self._refreshing = False

    def _refresh_since(self, requested_at: float) -> None:
        """Refreshes unless a check has begun since `requested_at`: a burst of requests shares one query.

        Raises DatabaseError. A burst shares that too.
        """
        if self._failed_at >= requested_at:
            raise OperationalError("the check that began since then has failed")
        if self._checked_at < requested_at or self._generation != changes.generation():
            self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            began = monotonic()
            try:
                self._read()
            except UNAVAILABLE:
                self._failed_at = began
                raise
            self._checked_at = began
        self._away = False
        self._unreachable.over()

    def _read(self) -> None:
        if not self._synced and llm_settings().auto_sync:
            self._synced = _sync()
        generation = changes.generation()
        version = ConfigVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        if version != self._config.version or generation != self._generation:
            self._config = load(version)
            self._generation = generation


def _sync() -> bool:
    """Syncs the rows with the environment. False after a failure, such as a conflict with another worker's sync."""
    try:
        sync_providers()
    except UNAVAILABLE as error:
        log.warning("provider_sync_failed", error=type(error).__name__)
        return False
    return True


def load(version: int) -> Config:
    """Reads all configuration rows into one value."""
    return Config(
        version=version,
        providers=_providers(),
        routes=read_policies(),
        keys=read_keys(),
        texts={(t.route, t.language): t.text for t in StaticText.objects.all()},
        prices=read_prices(),
        rules=read_rules(),
        route_rules=tuple(row.rule for row in RouteRule.objects.filter(enabled=True).select_related("route")),
    )


def _providers() -> dict[str, ProviderConfig]:
    """All providers, without invalid rows (edited by hand, of an unknown kind), which are logged."""
    configs, in_force = {}, overrides.read_all()
    for row in Provider.objects.all():
        try:
            configs[row.name] = provider_config(row, in_force.get(row.name))
            prepare_rates(row.kind, row.model, price_id_of(row.vendor, row.base_url))
        except (KeyError, TypeError, ValueError) as error:
            log.error("provider_row_unusable", provider=row.name, error=repr(error))
    return configs


def provider_config(row: Provider, override: Override | None = None) -> ProviderConfig:
    """The row as a value, with its key decrypted or read from the environment."""
    key = provider_key(row)
    if not key and row.api_key_env and not row.api_key_encrypted and secret(row.api_key_env):
        log.error(
            "provider_key_withheld",
            provider=row.name,
            variable=row.api_key_env,
            hint="the variable belongs to another address; store the key with the provider",
        )
    base_url = asked_url(row.kind, row.base_url)
    window = row.context_window or context_window(row.kind, row.model, price_id_of(row.vendor, row.base_url))
    return ProviderConfig(
        candidate=Candidate(
            name=row.name,
            kind=row.kind,
            model=row.model,
            priority=row.priority,
            weight=row.weight,
            enabled=row.enabled,
            has_key=bool(key),
            capabilities=frozenset(c for c in Capability if c in row.capabilities),
            context_window=window,
            limits=limits_of(row.kind, row.model),
            max_tokens=row.max_tokens,
            attempt_timeout_s=row.attempt_timeout_s,
            account=_account(row, key),
            fate=Fate(account=row.wallet, project=row.project, upstream=row.upstream),
            override=override,
        ),
        base_url=base_url,
        api_key=key,
        gemini_sdk=row.gemini_sdk or llm_settings().gemini_sdk,
        reach=reach_of(base_url),
        wallet=row.wallet,
        vendor=row.vendor,
    )


def _account(row: Provider, key: str) -> str:
    """A hash of what can end a block for key, credit, model or address when it changes. Reveals nothing of the key."""
    identity = "\n".join((row.kind, asked_url(row.kind, row.base_url), row.model, key))
    if row.base_url and (fault := address_fault(row.base_url, reach_of(row.base_url))):
        identity += f"\n{fault}"  # its end, by a changed setting, is a change
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def provider_key(row: Provider) -> str:
    """The provider's key: the stored one, else the named variable's; "" without a readable key.

    A variable's key goes to no address but its own: `llm.conf.key_belongs`.
    """
    if row.api_key_encrypted:
        try:
            return decrypt(row.api_key_encrypted)
        except SecretUnreadable:
            log.error(
                "provider_key_unreadable", provider=row.name, hint="LLM_SECRET_KEYS lacks the key that encrypted it"
            )
            return ""
    if not row.api_key_env or not key_belongs(row.api_key_env, row.kind, row.base_url):
        return ""
    return secret(row.api_key_env)


config_store = ConfigStore()
