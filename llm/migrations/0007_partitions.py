"""Calls and attempts lie in partitions on PostgreSQL, by their ids, which are time.

Empty tables are made again, partitioned. Tables with rows stay as they are until `llm_partition` converts them; no
index is built on them here, only renamed, so that no writer waits. SQLite keeps one table.
"""

import uuid

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("llm_attempt", "llm_call")
OWN_INDEXES = """
    SELECT index.relname, pg_get_indexdef(index.oid)
    FROM pg_index JOIN pg_class index ON index.oid = pg_index.indexrelid
    WHERE pg_index.indrelid = to_regclass(%s) AND NOT pg_index.indisprimary
    ORDER BY 1
"""
RENAMED = {
    ("llm_attempt", "(call_id)"): "llm_attempt_of_call",
    ("llm_call", "(started_at)"): "llm_call_newest",
    ("llm_call", "(request_id varchar_pattern_ops)"): "llm_call_by_request",
}
"""Table and columns of an index that the fields had -> its name from now on."""
NEEDLESS = ("llm_call", "(request_id)")


class OtherwiseOnPostgreSQL(migrations.SeparateDatabaseAndState):
    """Changes that PostgreSQL makes by `database_operations` and the others as Django does. Backwards all do."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            self._plain().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self._plain().database_backwards(app_label, schema_editor, from_state, to_state)

    def _plain(self):
        return migrations.SeparateDatabaseAndState(database_operations=self.state_operations)


def rename_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'llm_attempt'::regclass AND contype = 'f'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE llm_attempt DROP CONSTRAINT "{name}"')
        for table in TABLES:
            cursor.execute(OWN_INDEXES, [table])
            for name, definition in cursor.fetchall():
                place = (table, definition[definition.index("(") :])
                if place in RENAMED:
                    cursor.execute(f'ALTER INDEX "{name}" RENAME TO {RENAMED[place]}')
                elif place == NEEDLESS:
                    cursor.execute(f'DROP INDEX "{name}"')


def make_partitioned(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes both tables again when both are empty. The weeks follow after all migrations, or by the worker."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM llm_call) OR EXISTS (SELECT FROM llm_attempt)")
        if cursor.fetchone()[0]:
            return
        for table in TABLES:
            _remake(cursor, table, "PARTITION BY RANGE (id)")
            cursor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def make_plain(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Copies all rows of partitioned tables into plain ones. Holds both tables for as long."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", [table])
            if cursor.fetchone()[0]:
                _remake(cursor, table, "")


def _remake(cursor, table: str, how: str) -> None:
    cursor.execute(OWN_INDEXES, [table])
    definitions = [definition.replace(" ON ONLY ", " ON ") for _, definition in cursor.fetchall()]
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    cursor.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) {how}")
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608  our names
    cursor.execute(f"DROP TABLE {table}_before")
    cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
    for definition in definitions:
        cursor.execute(definition)


def rewrite_attempt_ids(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite's attempts get the ids that the writer makes from now on; on PostgreSQL `llm_partition` does this.

    Ids that were not made by chance may meet: such an attempt keeps the one it has.
    """
    if schema_editor.connection.vendor != "sqlite":
        return
    schema_editor.connection.ensure_connection()
    schema_editor.connection.connection.create_function("llm_attempt_id", 2, _attempt_id, deterministic=True)
    schema_editor.execute("UPDATE OR IGNORE llm_attempt SET id = llm_attempt_id(call_id, seq)")


def _attempt_id(call_id: str, seq: int) -> str:
    return uuid.UUID(int=uuid.UUID(call_id).int ^ seq).hex


class Migration(migrations.Migration):
    dependencies = [("llm", "0006_rollups")]

    operations = [
        migrations.RemoveConstraint(model_name="attempt", name="one_attempt_per_call_and_seq"),
        migrations.RenameIndex(
            "attempt", new_name="llm_attempt_by_provider", old_name="llm_attempt_provide_bedd09_idx"
        ),
        migrations.RenameIndex(
            "attempt", new_name="llm_attempt_by_vendor_id", old_name="llm_attempt_vendor__dc70fd_idx"
        ),
        migrations.RenameIndex("call", new_name="llm_call_by_status", old_name="llm_call_status_b0482d_idx"),
        migrations.RenameIndex("call", new_name="llm_call_by_provider", old_name="llm_call_provide_4228d0_idx"),
        migrations.RenameIndex("call", new_name="llm_call_by_origin", old_name="llm_call_origin_a80237_idx"),
        OtherwiseOnPostgreSQL(
            database_operations=[migrations.RunPython(rename_indexes, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    "attempt",
                    "call",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="llm.call",
                    ),
                ),
                migrations.AlterField("call", "request_id", models.CharField(max_length=128)),
                migrations.AlterField("call", "started_at", models.DateTimeField()),
                migrations.AddIndex("attempt", models.Index(fields=["call"], name="llm_attempt_of_call")),
                migrations.AddIndex("call", models.Index(fields=["started_at"], name="llm_call_newest")),
                migrations.AddIndex(
                    "call",
                    models.Index(fields=["request_id"], name="llm_call_by_request", opclasses=["varchar_pattern_ops"]),
                ),
            ],
        ),
        migrations.RunPython(rewrite_attempt_ids, migrations.RunPython.noop),
        migrations.RunPython(make_partitioned, make_plain),
    ]
