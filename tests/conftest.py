"""What the tests share: the vendors' simulator, providers that point at it, named people, a live server."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from llm.simulator import Simulator
from tests.commands.running import migrated
from tests.waiting import eventually

__all__ = ["migrated"]

hypothesis_settings.register_profile("default", deadline=None)  # a busy machine is no fault of the code
hypothesis_settings.register_profile("quick", deadline=None, max_examples=20)  # of `make quick`
hypothesis_settings.load_profile("default")

SIMULATED_KEY = "simulated-key"
PASSWORD = "correct horse battery"
PATIENCE_S = 20.0
"""What is shared is looked at, not how busy the machine is; tests of the bound itself have a patience of their own."""


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "who answers requests with a key: the short door (default), or Django's handler alone"
    parser.addoption("--face", choices=("short-door", "django"), default="short-door", help=words)


NEEDS_A_SERVICE = frozenset(
    {
        "alone",
        "checkout",
        "django_db_setup",
        "live",
        "manage",
        "migrated",
        "page",
        "postgresql_config",
        "running_simulator",
        "server",
        "settings",
    }
)
"""Fixtures that start a server, a process or a browser, or use a database or Redis."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make quick` leaves out."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & NEEDS_A_SERVICE or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.service)


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(running_simulator: Simulator) -> Iterator[Simulator]:
    """The vendors, well and uncounted at the start of each test."""
    running_simulator.reset()
    yield running_simulator
    running_simulator.reset()


@pytest.fixture(scope="session")
def journal_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal")


MADE_BY_MIGRATE = frozenset({"django_content_type", "auth_permission"})
"""Tables that `migrate` fills and no test changes: to empty and fill them after each committing test took 80 ms."""


def _keep_what_migrate_made() -> None:
    """Lets Django's flush after a committing test empty every table but these."""
    from django.core.management.commands import flush

    def sql_flush(style: Any, connection: Any, **options: Any) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        emptied = [name for name in tables if name not in MADE_BY_MIGRATE]
        return list(connection.ops.sql_flush(style, emptied, **options))

    flush.sql_flush = sql_flush
    flush.emit_post_migrate_signal = lambda *args, **options: None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Also lets go of the gateway's own connections before the test database is dropped."""
    _keep_what_migrate_made()
    yield
    from llm.idempotency.store import idempotency_store
    from llm.services.runtime import call_log
    from llm.stores.budgets.ledger import ledger
    from llm.stores.capacity.here import capacity_store
    from llm.stores.data_thread import data_thread

    call_log.stop()
    ledger.close()
    capacity_store.forget()
    data_thread.close()
    idempotency_store.close()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """The test client answers in the test's own thread, which would keep the language of an earlier test's request."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_gateway(request: pytest.FixtureRequest, journal_dir: Path) -> Iterator[None]:
    """A gateway that knows nothing of earlier tests, seeds nothing by itself and journals to a folder of its own."""
    if "django_db_setup" not in request.fixturenames and not request.node.get_closest_marker("django_db"):
        yield
        return
    for database in {"transactional_db", "db"} & set(request.fixturenames):
        request.getfixturevalue(database)  # so that it is emptied after the gateway has come to rest
    settings = request.getfixturevalue("settings")
    settings.LLM = {
        **django_settings.LLM,
        "AUTO_SYNC": False,
        "SIMULATOR": "off",
        "SECRET_KEYS": ["only-for-tests"],
        "JOURNAL_DIR": str(journal_dir),
        "TEST_RATE": "1000/min",
        "STORE_PATIENCE_S": PATIENCE_S,
    }
    settings.LLM_ALERTS = {}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; it guards nothing here
    from django.core.cache import cache

    from llm.idempotency.store import idempotency_store
    from llm.services import runtime
    from llm.services.probes import schedule
    from llm.services.spending import recent_spending
    from llm.services.wallets.state import recent_wallets
    from llm.stores.budgets.ledger import ledger
    from llm.stores.capacity.here import capacity_store
    from llm.stores.circuits.store import circuit_store
    from llm.stores.config.key_uses import key_uses
    from llm.stores.config.snapshot import config_store
    from llm.stores.data_thread import data_thread

    cache.clear()
    key_uses.forget()
    ledger.forget()
    config_store.forget()
    circuit_store.forget()
    capacity_store.forget()
    idempotency_store.forget()
    runtime.forget_budgets()
    schedule.forget()
    recent_wallets.forget()
    recent_spending.forget()
    runtime.call_log.wait_s = PATIENCE_S  # an answer's row is there when a test has the answer
    yield
    runtime.call_log.flush()
    # A refresh that nobody waits for would read the deployment's settings and seed providers into the next test.
    data_thread.submit(lambda: None).result(PATIENCE_S)
    ledger.forget()
    circuit_store.forget()
    capacity_store.forget()


@pytest.fixture
def providers(sim: Simulator, _fresh_gateway: None, transactional_db: None, settings: Any) -> list[str]:
    """Claude, Gemini and OpenAI, in this order, played by the simulator; and the product's routes.

    The deployment allows the simulator's address, which no environment names here.
    """
    from llm.kinds import KINDS
    from llm.models import Provider
    from llm.services.providers import set_api_key
    from llm.stores.config.environment import make_routes_and_texts

    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["127.0.0.0/8"]}
    make_routes_and_texts()
    for place, (name, kind) in enumerate(KINDS.items(), start=1):
        row = Provider.objects.create(
            name=name, kind=name, model=kind.default_model, base_url=sim.url(name), priority=10 * place
        )
        set_api_key(row, SIMULATED_KEY)
    return list(KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account and a consumer key."""

    user: AbstractUser
    key: str
    password: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def _person(name: str, *, admin: bool = False) -> Person:
    from llm.stores.config.keys import create

    make = get_user_model().objects.create_superuser if admin else get_user_model().objects.create_user
    user = make(name, f"{name}@example.com", PASSWORD)
    _, key = create(user, name=f"{name}'s key")
    return Person(user=user, key=key, password=PASSWORD)


@pytest.fixture
def consumer(transactional_db: None) -> Person:
    return _person("alice")


@pytest.fixture
def other(transactional_db: None) -> Person:
    return _person("bob")


@pytest.fixture
def admin(transactional_db: None) -> Person:
    return _person("ada", admin=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The product, served over real HTTP by the production server."""

    url: str


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test runner keeps its own."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Also closes the connections to the vendors, as the end of the lifespan does in production."""
        from llm.services.runtime import runtime

        await super().shutdown(sockets)
        await runtime().close()


@pytest.fixture(scope="session")
def _served(request: pytest.FixtureRequest) -> Iterator[Live]:
    with served(PROTOCOL, APPLICATIONS[request.config.getoption("--face")]) as live:
        yield live


APPLICATIONS = {"short-door": "djobea.asgi:application", "django": "tests.by_django:application"}
PROTOCOL = "djobea.intake.protocol:BoundedProtocol"


@contextmanager
def served(protocol: Any, application: Any) -> Iterator[Live]:
    """An application, served by uvicorn with one of its protocols on the production loop, in a thread."""
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        http=protocol,
        log_level="warning",
        lifespan="off",
        ws="none",
        proxy_headers=False,  # as `djobea.management.child` has it
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="live-server", daemon=True)
    thread.start()
    assert eventually(lambda: server.started), "the live server did not start"
    (listening,) = server.servers[0].sockets
    yield Live(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def live(_served: Live, _fresh_gateway: None, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Live:
    # The first request of a process imports the SDKs; no stream is to begin before its answer because of that.
    monkeypatch.setattr("web.sse.stream.KEEP_ALIVE_S", 3 * PATIENCE_S)
    return _served


def pytest_unconfigure() -> None:
    """SQLite's side files outlive the test database that Django removes."""
    for path in (django_settings.BASE_DIR / "var").glob(f"test-{os.getpid()}*"):
        path.unlink(missing_ok=True)
