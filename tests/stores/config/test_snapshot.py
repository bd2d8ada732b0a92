"""The snapshot: reloaded at once after a local change, soon after a remote one, and kept in an outage."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction

from llm import incidents
from llm.core.chat.request import Capability
from llm.core.exceptions import NotChecked
from llm.core.routing.config import Config
from llm.incidents import Incident
from llm.models import ConfigVersion, Provider, Route, RouteEntry, StaticText
from llm.stores.config import keys
from llm.stores.config import snapshot as config_module
from llm.stores.config.snapshot import ConfigStore
from llm.stores.data_thread import DataThread
from llm.stores.secrets import encrypt
from tests.log_lines import LogLines
from tests.stores.circuits.weather import gone, hanging
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store() -> Iterator[ConfigStore]:
    thread = DataThread()
    yield ConfigStore(thread)
    thread.close()


@pytest.fixture
def hasty() -> Iterator[ConfigStore]:
    """A store whose requests have no patience with any database."""
    thread = DataThread(timeout_s=0.0)
    yield ConfigStore(thread)
    thread.close()


def now(store: ConfigStore) -> Config:
    return asyncio.run(store.current())


def provider(name: str = "claude", **more: Any) -> Provider:
    return Provider.objects.create(**{"name": name, "kind": "claude", "model": "m-1", "priority": 10, **more})


def by_another_process(sql: str, *values: object) -> None:
    """A change by another process, without a signal in this one: the row and its version."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("UPDATE llm_configversion SET number = number + 1")


def set_model_elsewhere_and_close(model: str) -> None:
    set_model_elsewhere(model)
    connection.close()


def set_model_elsewhere(model: str) -> None:
    by_another_process("UPDATE llm_provider SET model = %s", model)


def only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time alone causes no check."""
    monkeypatch.setattr(config_module, "FRESH_S", 3600)
    monkeypatch.setattr(config_module, "REFRESH_S", 3600)


def model(config: Config, name: str = "claude") -> str:
    return config.providers[name].candidate.model


class TestFreshness:
    def test_a_new_provider_is_there_at_once(self, store: ConfigStore) -> None:
        assert now(store).providers == {}
        provider()
        assert list(now(store).providers) == ["claude"]

    def test_a_local_edit_and_deletion_apply_at_once(self, store: ConfigStore) -> None:
        row = provider()
        assert model(now(store)) == "m-1"
        row.model = "m-2"
        row.save()
        assert model(now(store)) == "m-2"
        row.delete()
        assert now(store).providers == {}

    def test_a_change_of_another_process_applies_within_about_a_second(self, store: ConfigStore) -> None:
        provider()
        now(store)
        set_model_elsewhere("m-2")
        assert eventually(lambda: model(now(store)) == "m-2", within_s=30)

    def test_after_a_quiet_time_the_first_read_is_current(self, store: ConfigStore) -> None:
        provider()
        now(store)
        store._checked_at -= 60
        set_model_elsewhere("m-2")
        assert model(now(store)) == "m-2"

    @pytest.mark.parametrize(("quiet_s", "read"), [(1.5, "m-1"), (3.0, "m-2")], ids=["busy", "idle"])
    def test_a_slow_database_is_waited_for_after_an_idle_time_only(
        self, hasty: ConfigStore, quiet_s: float, read: str
    ) -> None:
        provider()
        now(hasty)
        hasty._checked_at -= quiet_s
        set_model_elsewhere("m-2")
        assert model(now(hasty)) == read

    def test_a_change_that_is_rolled_back_is_forgotten(self, store: ConfigStore) -> None:
        row = provider()
        now(store)
        with transaction.atomic():
            row.model = "m-2"
            row.save()
            transaction.set_rollback(True)
        store._checked_at -= 60
        assert model(now(store)) == "m-1"

    def test_an_unknown_name_is_looked_up_at_once(self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch) -> None:
        only_when_asked(monkeypatch)
        provider()
        now(store)
        set_model_elsewhere("m-2")
        assert eventually(lambda: model(asyncio.run(store.reload())) == "m-2", within_s=30)

    def test_a_young_snapshot_is_read_again_for_an_unknown_key(self, store: ConfigStore) -> None:
        provider()
        now(store)
        for model_name in ("m-2", "m-3", "m-4"):
            set_model_elsewhere(model_name)
            assert model(asyncio.run(store.reload())) == model_name

    def test_a_check_that_began_before_the_request_does_not_count(
        self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        provider()
        now(store)
        monkeypatch.setattr(config_module, "RELOAD_S", 0.0)
        has_read, may_end = threading.Event(), threading.Event()
        load = config_module.load

        def slow(version: int) -> Config:
            config = load(version)
            has_read.set()
            assert may_end.wait(30)
            return config

        async def asked_meanwhile() -> str:
            first = asyncio.ensure_future(store.reload())
            await asyncio.to_thread(has_read.wait, 30)
            await asyncio.to_thread(set_model_elsewhere_and_close, "m-3")
            second = asyncio.ensure_future(store.reload())
            await asyncio.sleep(0.05)
            may_end.set()
            await first
            return model(await second)

        set_model_elsewhere("m-2")
        monkeypatch.setattr(config_module, "load", slow)
        assert asyncio.run(asked_meanwhile()) == "m-3"

    def test_a_flood_of_unknown_names_is_not_a_flood_of_queries(
        self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now(store)
        looks: list[int] = []
        read = store._read

        def counted() -> None:
            looks.append(1)
            read()

        monkeypatch.setattr(store, "_read", counted)

        async def flood() -> None:
            async def one() -> None:
                for _ in range(5):
                    with suppress(NotChecked):
                        await store.reload()

            await asyncio.gather(*(one() for _ in range(300)))

        started = time.monotonic()
        asyncio.run(flood())
        with gone("llm_configversion"):
            asyncio.run(flood())
        assert 2 <= len(looks) <= 2 + (time.monotonic() - started) / config_module.RELOAD_S

    def test_a_burst_of_requests_loads_once(self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch) -> None:
        loads: list[int] = []
        load = config_module.load

        def counted(version: int) -> Config:
            loads.append(version)
            return load(version)

        monkeypatch.setattr(config_module, "load", counted)

        async def burst() -> None:
            await asyncio.gather(*(store.current() for _ in range(100)))

        asyncio.run(burst())
        assert len(loads) == 1

    def test_threads_see_the_same(self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch) -> None:
        only_when_asked(monkeypatch)
        provider()
        assert model(store.current_sync()) == "m-1"
        set_model_elsewhere("m-2")
        assert eventually(lambda: model(store.reload_sync()) == "m-2", within_s=30)

    def test_a_mere_login_changes_nothing(self) -> None:
        user = get_user_model().objects.create_user("alice")
        before = ConfigVersion.objects.get().number
        user.last_login = datetime.now(UTC)
        user.save(update_fields=["last_login"])
        assert ConfigVersion.objects.get().number == before


class TestContent:
    def test_a_provider_is_read_with_its_key_and_limits(self, store: ConfigStore) -> None:
        provider(api_key_encrypted=encrypt("sk-secret"), supports=["tools"], context_window=99, max_tokens=7)
        config = now(store).providers["claude"]
        assert config.api_key == "sk-secret"
        assert "sk-secret" not in repr(config)
        candidate = config.candidate
        assert (candidate.has_key, candidate.context_window, candidate.max_tokens) == (True, 99, 7)
        assert candidate.capabilities == {Capability.TOOLS}

    def test_a_key_may_be_named(self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY_2", "sk-other")
        provider(api_key_env="ANTHROPIC_API_KEY_2")
        assert now(store).providers["claude"].api_key == "sk-other"

    def test_another_key_is_another_account_and_a_new_priority_is_not(self, store: ConfigStore) -> None:
        row = provider(api_key_encrypted=encrypt("sk-one"))
        first = now(store).candidates["claude"].account
        row.priority = 99
        row.save()
        assert now(store).candidates["claude"].account == first
        row.api_key_encrypted = encrypt("sk-two")
        row.save()
        assert now(store).candidates["claude"].account != first

    @pytest.mark.parametrize("nonsense", [{"kind": "oracle"}, {"supports": 5}, {"api_key_encrypted": "not a token"}])
    def test_an_invalid_row_is_dropped_alone(self, store: ConfigStore, nonsense: dict[str, Any]) -> None:
        provider(**nonsense)
        provider("spare", api_key_encrypted=encrypt("sk-1"))
        candidates = now(store).candidates
        assert candidates["spare"].has_key
        assert "claude" not in candidates or not candidates["claude"].has_key

    def test_a_route_has_its_members_and_limits(self, store: ConfigStore) -> None:
        route = Route.objects.create(name="legal", on_refusal="next", deadline_s=12, max_wait_s=1)
        RouteEntry.objects.create(route=route, provider=provider(), priority=3, weight=2)
        policy = now(store).routes["legal"]
        assert (policy.next_on_refusal, policy.deadline_s, policy.max_wait_s) == (True, 12, 1)
        assert [(m.provider, m.priority, m.weight) for m in policy.members] == [("claude", 3, 2)]

    def test_a_route_without_a_deadline_has_the_settings(self, store: ConfigStore, settings: Any) -> None:
        settings.LLM = {**settings.LLM, "DEADLINE_S": 33.0}
        Route.objects.create(name="legal")
        assert now(store).routes["legal"].deadline_s == 33.0

    def test_texts_are_found_by_route_and_language(self, store: ConfigStore) -> None:
        StaticText.objects.create(route="legal", language="en", text="Later.")
        assert now(store).texts == {("legal", "en"): "Later."}

    def test_only_valid_keys_are_loaded(self, store: ConfigStore) -> None:
        alice = get_user_model().objects.create_user("alice")
        good, text = keys.create(alice, name="laptop")
        keys.create(alice, expires_at=datetime.now(UTC) - timedelta(seconds=1))
        gone_one, _ = keys.create(alice)
        keys.revoke(gone_one)
        loaded = now(store).keys
        assert list(loaded) == [keys.digest(text)]
        record = loaded[keys.digest(text)]
        assert (record.id, record.username, record.name, record.is_active) == (str(good.pk), "alice", "laptop", True)

    def test_deactivating_a_user_applies_at_once(self, store: ConfigStore) -> None:
        alice = get_user_model().objects.create_user("alice")
        _, text = keys.create(alice)
        now(store)
        alice.is_active = False
        alice.save()
        assert not now(store).keys[keys.digest(text)].is_active


class TestWeather:
    def test_what_cannot_be_checked_is_told_from_what_is_unknown(
        self, store: ConfigStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(incidents, "SETTLED_S", 0.0)
        provider()
        now(store)
        with gone("llm_configversion"):
            for _ in range(3):
                with pytest.raises(NotChecked):
                    asyncio.run(store.reload())
        assert model(asyncio.run(store.reload())) == "m-1"
        events = [line.msg for line in caplog.records if line.name == config_module.__name__]
        assert [event["event"] for event in events] == ["config_store_unreachable", "config_store_back"]
        assert events[1]["count"] == 3

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    def test_a_database_that_hangs_is_waited_for_once(
        self, database: str, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(config_module, "RELOAD_TIMEOUT_S", 0.2)
        assert now(store).version >= 0

        async def ask_ten_at_once() -> list[object]:
            return await asyncio.gather(*(store.reload() for _ in range(10)), return_exceptions=True)

        with hanging("llm_configversion"):
            for _ in range(2):
                assert {type(answer) for answer in asyncio.run(ask_ten_at_once())} == {NotChecked}
        assert eventually(lambda: {type(answer) for answer in asyncio.run(ask_ten_at_once())} == {Config})

    def test_without_the_database_the_snapshot_stays(self, store: ConfigStore) -> None:
        provider()
        now(store)
        with gone("llm_configversion"):
            store._checked_at -= 60
            assert model(now(store)) == "m-1"
            assert model(store.current_sync()) == "m-1"

    def test_a_database_that_is_known_to_be_away_is_not_waited_for_after_an_idle_time(
        self, hasty: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        provider()
        now(hasty)
        waits: list[float | None] = []
        run = hasty._thread.run

        async def recorded(work: Any, *, timeout_s: float | None = None) -> Any:
            waits.append(timeout_s)
            return await run(work, timeout_s=timeout_s)

        monkeypatch.setattr(hasty._thread, "run", recorded)
        with gone("llm_configversion"):
            for _ in range(2):
                hasty._checked_at -= 60
                assert model(now(hasty)) == "m-1"
            hasty._thread.submit(lambda: None).result(30)
        assert waits == [config_module.IDLE_TIMEOUT_S, 0.0]

    def test_a_process_that_starts_without_a_database_loads_as_soon_as_it_is_back(self, store: ConfigStore) -> None:
        provider()
        with gone("llm_configversion"):
            assert now(store).version == -1
        assert eventually(lambda: "claude" in now(store).providers, within_s=30)

    def test_a_local_change_before_an_outage_is_checked_rarely_and_applies_later(
        self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = provider()
        now(store)
        row.model = "m-2"
        row.save()
        checks: list[int] = []
        refresh = store._refresh_since

        def counted(asked_at: float) -> None:
            checks.append(1)
            refresh(asked_at)

        monkeypatch.setattr(store, "_refresh_since", counted)

        async def many() -> None:
            for _ in range(100):
                await store.current()

        with gone("llm_configversion"):
            started = time.monotonic()
            asyncio.run(many())
            assert len(checks) <= 2 + (time.monotonic() - started) / config_module.REFRESH_S
        assert eventually(lambda: model(now(store)) == "m-2", within_s=30)

    def test_a_fresh_database_is_seeded_from_the_environment(
        self, store: ConfigStore, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.LLM = {**settings.LLM, "AUTO_SYNC": True}
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
        config = now(store)
        assert config.candidates["claude"].has_key
        assert set(config.routes) == {"default", "conversation", "suggestions"}

    def test_a_failed_sync_hides_no_row_and_is_retried(
        self, store: ConfigStore, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.LLM = {**settings.LLM, "AUTO_SYNC": True}
        provider("mine")
        sync = config_module.sync_providers

        def locked() -> None:
            raise OperationalError("database is locked")

        monkeypatch.setattr(config_module, "sync_providers", locked)
        assert list(now(store).providers) == ["mine"]
        monkeypatch.setattr(config_module, "sync_providers", sync)
        assert eventually(lambda: "claude" in now(store).providers, within_s=30)

    def test_an_outage_is_one_line_at_its_beginning_and_one_at_its_end(
        self, store: ConfigStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = LogLines()
        monkeypatch.setattr("llm.incidents.SETTLED_S", 0.0)
        monkeypatch.setattr(store, "_unreachable", Incident("away", log, ended="back", quiet_s=None))
        provider("mine")
        now(store)
        with gone("llm_configversion"):
            for _ in range(4):
                store._checked_at -= 60
                assert list(now(store).providers) == ["mine"]
        assert log.events == ["away"]
        assert eventually(lambda: now(store) is not None and log.events == ["away", "back"])
        assert log.lines[1][1]["count"] >= 4
