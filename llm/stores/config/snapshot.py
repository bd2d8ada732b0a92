"""The snapshot of the configuration in memory: a request reads it and never the ORM.

It is loaded anew when the version row has grown, which is looked at once a second; a change made in
this process is seen at once.
"""

import hashlib
import threading
from datetime import UTC, datetime
from time import monotonic

import structlog

from llm.conf import llm_settings, secret
from llm.core.chat.request import Capability
from llm.core.circuit.override import Override
from llm.core.routing.config import Config, KeyRecord, ProviderConfig
from llm.core.routing.plan import Candidate, Member, RoutePolicy
from llm.limits import limits_of
from llm.models import ConfigVersion, ConsumerKey, Provider, Route, StaticText
from llm.stores.circuits import overrides
from llm.stores.config import changes
from llm.stores.config.environment import sync_providers
from llm.stores.data_thread import DataThread, data_thread
from llm.stores.prices import context_window
from llm.stores.secrets import SecretUnreadable, decrypt
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

FRESH_S = 1.0
REFRESH_S = 0.5
RELOAD_S = 0.1
FIRST_LOAD_S = 5.0
"""The very first load has nothing to fall back on, so it may take longer."""
OWN_CHANGE_S = 1.0
"""Who has just saved a change expects it to hold; waited for once a change, then as any other."""


class ConfigStore:
    """One instance serves a whole process."""

    def __init__(self, thread: DataThread = data_thread) -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self._config = Config()
        self._generation = -1
        self._synced = False
        self._checked_at = -FRESH_S
        self._refreshing = False

    async def current(self) -> Config:
        """The configuration, at most a second old while the database answers in time."""
        if self._config.version < 0 and self._age() > FRESH_S:
            await self._ask(FIRST_LOAD_S)
        elif self._generation != changes.generation():
            await self._ask(OWN_CHANGE_S)
        elif self._age() > FRESH_S:
            await self._ask()
        elif self._age() > REFRESH_S and not self._refreshing:
            self._refreshing = True
            self._thread.submit(self._refresh_quietly)
        return self._config

    async def reload(self) -> Config:
        """Asks the database now: for a name or key that is not in the snapshot, but may be new.

        Not more often than ten times a second: a flood of wrong keys must not become one of queries.
        """
        if self._age() > RELOAD_S:
            await self._ask()
        return self._config

    def reload_sync(self) -> Config:
        """The same for threads."""
        if self._age() > RELOAD_S:
            self._checked_at = -FRESH_S
        return self.current_sync()

    def current_sync(self) -> Config:
        """The same for threads. Raises DatabaseError only when nothing was ever loaded."""
        if self._generation != changes.generation() or self._age() > FRESH_S:
            try:
                self._refresh()
            except UNAVAILABLE:
                if self._config.version < 0:
                    raise
        return self._config

    def peek(self) -> Config:
        """What is known here and now, without asking anybody; empty before the first load."""
        return self._config

    def forget(self) -> None:
        """Starts from nothing, as a new process does."""
        self._config = Config()
        self._synced = False
        self._checked_at = -FRESH_S

    def _age(self) -> float:
        return monotonic() - self._checked_at

    async def _ask(self, at_least_s: float = 0.0) -> None:
        asked_at, timeout_s = monotonic(), max(at_least_s, self._thread.timeout_s)
        try:
            await self._thread.run(lambda: self._refresh_since(asked_at), timeout_s=timeout_s)
        except (TimeoutError, *UNAVAILABLE) as error:
            # The next try is half a second away, also for a change of our own: its version row tells of it too.
            self._checked_at = monotonic() - FRESH_S + REFRESH_S
            self._generation = changes.generation()
            log.warning("config_store_unreachable", error=type(error).__name__, known_version=self._config.version)

    def _refresh_quietly(self) -> None:
        try:
            self._refresh()
        except UNAVAILABLE as error:
            log.warning("config_store_unreachable", error=type(error).__name__, known_version=self._config.version)
        finally:
            self._refreshing = False

    def _refresh_since(self, asked_at: float) -> None:
        """One refresh serves all who asked before it: a burst of requests is not one of queries."""
        if self._checked_at < asked_at or self._generation != changes.generation():
            self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            if not self._synced and llm_settings().auto_sync:
                self._synced = _synced()
            generation = changes.generation()
            version = ConfigVersion.objects.filter(pk=1).values_list("number", flat=True).first()
            if version is None:
                version = 0
            if version != self._config.version or generation != self._generation:
                self._config = load(version)
                self._generation = generation
            self._checked_at = monotonic()


def _synced() -> bool:
    """Brings the rows in line with the environment; a failure (another worker does the same) hides no row from us."""
    try:
        sync_providers()
    except UNAVAILABLE as error:
        log.warning("provider_sync_failed", error=type(error).__name__)
        return False
    return True


def load(version: int) -> Config:
    """All configuration rows as one value."""
    entries: dict[str, list[Member]] = {}
    routes = Route.objects.prefetch_related("entries__provider")
    for route in routes:
        entries[route.name] = [
            Member(provider=e.provider.name, priority=e.priority, weight=e.weight) for e in route.entries.all()
        ]
    deadline = llm_settings().deadline_s
    return Config(
        version=version,
        providers=_providers(),
        routes={
            route.name: RoutePolicy(
                name=route.name,
                members=tuple(entries[route.name]),
                next_on_refusal=route.on_refusal == Route.OnRefusal.NEXT,
                deadline_s=route.deadline_s or deadline,
                max_wait_s=route.max_wait_s,
                buffered=route.stream_mode == Route.StreamMode.BUFFERED,
            )
            for route in routes
        },
        keys=_keys(),
        texts={(t.route, t.language): t.text for t in StaticText.objects.all()},
    )


def _providers() -> dict[str, ProviderConfig]:
    """All providers; a row that makes no sense (edited by hand, of an unknown kind) costs only itself."""
    found, held = {}, overrides.read_all()
    for row in Provider.objects.all():
        try:
            found[row.name] = provider_config(row, held.get(row.name))
        except (KeyError, TypeError, ValueError) as error:
            log.error("provider_row_unusable", provider=row.name, error=repr(error))
    return found


def provider_config(row: Provider, override: Override | None = None) -> ProviderConfig:
    """The row as a value, with its key read from where it lies."""
    key = provider_key(row)
    window = row.context_window or context_window(row.kind, row.model)
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
            override=override,
        ),
        base_url=row.base_url,
        api_key=key,
        gemini_sdk=row.gemini_sdk or llm_settings().gemini_sdk,
    )


def _account(row: Provider, key: str) -> str:
    """Changes with whatever could mend a refused key, wallet or model; a key cannot be guessed from it."""
    told = "\n".join((row.kind, row.base_url, row.model, key))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def provider_key(row: Provider) -> str:
    """The provider's key: the stored one, else the named variable's; "" when there is none."""
    if row.api_key_encrypted:
        try:
            return decrypt(row.api_key_encrypted)
        except SecretUnreadable:
            log.error(
                "provider_key_unreadable", provider=row.name, hint="LLM_SECRET_KEYS lacks the key that encrypted it"
            )
            return ""
    return secret(row.api_key_env) if row.api_key_env else ""


def _keys() -> dict[str, KeyRecord]:
    rows = ConsumerKey.objects.filter(revoked_at=None).select_related("user")
    now = datetime.now(UTC)
    return {
        row.digest: KeyRecord(
            id=str(row.pk),
            user_id=row.user_id,
            username=row.user.get_username(),
            is_staff=row.user.is_staff,
            is_active=row.user.is_active,
            name=row.name,
            expires_at=row.expires_at,
        )
        for row in rows
        if row.expires_at is None or row.expires_at > now
    }


config_store = ConfigStore()
