"""Whether this process can serve, for an orchestrator's readiness probe. The vendors' state: `status.py`."""

import asyncio
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from llm.core.calls import Durability, Hold
from llm.services.runtime import call_log, prepare
from llm.stores.config.snapshot import config_store
from llm.stores.unavailable import UNAVAILABLE

DATABASE_TIMEOUT_S = 2.0
"""An orchestrator's own probe commonly gives up after 1 to 5 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition. `reason` says what is missing; "" when the condition holds.

    One that is not `required` is a warning: an orchestrator must not take the last worker away for it.
    """

    name: str
    reason: str = ""
    required: bool = True

    @property
    def ok(self) -> bool:
        return not self.reason


_migrated = False


async def readiness() -> tuple[Check, ...]:
    """The conditions for serving: database, migrations, configuration, vendors' SDKs; and the journal as a warning.

    Returns within twice DATABASE_TIMEOUT_S.
    """
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            database, migrations = await sync_to_async(_database_faults, thread_sensitive=False)()
    except TimeoutError:
        database, migrations = f"no answer within {DATABASE_TIMEOUT_S:g} s", "unknown while the database is unreachable"
    config = await config_store.current()
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            await prepare()
    except TimeoutError:
        vendors = "the vendors' SDKs are being imported"
    else:
        vendors = ""
    return (
        Check(name="database", reason=database),
        Check(name="migrations", reason=migrations),
        Check(name="configuration", reason="" if config.version >= 0 else "not loaded yet"),
        Check(name="vendors", reason=vendors),
        Check(name="journal", reason=_journal_fault(call_log.durability()), required=False),
    )


def _journal_fault(durability: Durability) -> str:
    match durability.hold:
        case Hold.JOURNAL:
            return ""
        case Hold.DATABASE:
            return f"not writable ({durability.fault}); answers wait until the database has their record"
        case Hold.MEMORY:
            return (
                f"not writable ({durability.fault}), nor the database; {durability.memory_only} records in memory only"
            )


def _database_faults() -> tuple[str, str]:
    """What is wrong with the database and with its schema. Closes the thread's connection at the end."""
    global _migrated
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if pending:
                return "", f"{len(pending)} not applied; run `manage.py migrate`"
            _migrated = True
    except UNAVAILABLE as error:
        return f"unreachable ({type(error).__name__})", "unknown while the database is unreachable"
    finally:
        connection.close()
    return "", ""
