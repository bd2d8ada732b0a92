"""Makes partitioned tables of populated ones while all go on reading and writing. Each step may be repeated.

The old table becomes one partition as it is, from the beginning of time to a border some weeks ahead, and is dropped
by retention when all of it is old. No row is copied. See `docs/decisions.md`.
"""

from django.db import connection
from django.utils import timezone

from llm.ids import moment
from llm.stores.partitions import border
from llm.stores.partitions.catalog import default_of
from llm.stores.partitions.locks import with_short_locks
from llm.stores.partitions.weeks import Week

INDEXES = """
    SELECT index.relname, pg_get_indexdef(index.oid), pg_index.indisprimary
    FROM pg_index JOIN pg_class index ON index.oid = pg_index.indexrelid
    WHERE pg_index.indrelid = to_regclass(%s)
"""
VIEWS = """
    SELECT DISTINCT rule.ev_class::regclass::text
    FROM pg_depend JOIN pg_rewrite rule ON rule.oid = pg_depend.objid
    WHERE pg_depend.classid = 'pg_rewrite'::regclass AND refobjid = to_regclass(%s)
    UNION SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = to_regclass(%s)
    UNION SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal
"""
RIGHTS = """
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        privilege_type, is_grantable
    FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(%s) AND grantee <> relowner
"""
SIZE = "SELECT reltuples::bigint, pg_total_relation_size(oid) FROM pg_class WHERE oid = to_regclass(%s)"


def size(table: str) -> tuple[int, int]:
    """The table's rows as PostgreSQL estimates them, and its bytes with indexes."""
    with connection.cursor() as cursor:
        cursor.execute(SIZE, [table])
        rows, size_bytes = cursor.fetchone()
    return max(rows, 0), size_bytes


def dependents(table: str) -> list[str]:
    """Views, triggers and foreign keys that others made on the table: they would stay with the old one."""
    with connection.cursor() as cursor:
        cursor.execute(VIEWS, [table, table, table])
        return sorted(name for (name,) in cursor.fetchall())


def prepare_border(table: str) -> Week:
    """Sets the border, unless an earlier run has, and checks all rows against it. Raises IntegrityError."""
    week = border.border_week(timezone.now())
    found = border.read_border(table)
    if found is not None and found[0] < border.border_week(timezone.now() - border.ROOM).first_id:
        border.withdraw_border(table)  # of a run that was killed weeks ago
        found = None
    if found is None:
        border.set_border(table, week.first_id)
        found = (week.first_id, False)
    if not found[1]:
        border.check_border(table)
    return week if found[0] == week.first_id else Week(start=moment(found[0]))


def swap(table: str, week: Week) -> None:
    """Puts a partitioned table in the old one's place, with the old one as its partition up to `week`."""
    with_short_locks(lambda: _swap(table, week))


def _swap(table: str, week: Week) -> None:
    old = f"{table}_until_{week.name}"
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(RIGHTS, [table])
        rights = cursor.fetchall()
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        cursor.execute(f"ALTER TABLE {table} RENAME TO {old}")
        for number, (name, _, _) in enumerate(indexes):
            cursor.execute(f'ALTER INDEX "{name}" RENAME TO {old}_{number}')
        cursor.execute(
            f"CREATE TABLE {table} (LIKE {old} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)"
        )
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {border.BORDER}")
        for name, definition, is_primary in indexes:
            cursor.execute(
                f'ALTER TABLE {table} ADD CONSTRAINT "{name}" PRIMARY KEY (id)' if is_primary else definition
            )
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO ('{week.first_id}')")
        cursor.execute(f"ALTER TABLE {old} DROP CONSTRAINT {border.BORDER}")
        cursor.execute(f"CREATE TABLE {default_of(table)} PARTITION OF {table} DEFAULT")
        for grantee, privilege, grantable in rights:
            option = " WITH GRANT OPTION" if grantable else ""
            cursor.execute(f"GRANT {privilege} ON {table} TO {grantee}{option}")
