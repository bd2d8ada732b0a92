"""Converts the call log of an older release to partitions, step by step, online. PostgreSQL only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db import IntegrityError, connection

from llm.core.exceptions import LLMError
from llm.stores.partitions import attempt_ids, convert
from llm.stores.partitions.ahead import make_ahead
from llm.stores.partitions.catalog import TABLES, is_partitioned, ranges


class ConversionError(LLMError):
    """Something that an operator must mend before the conversion can go on."""


class Action(StrEnum):
    """What a step of the conversion does."""

    REWRITE_IDS = "rewrite_ids"
    CHECK_BORDER = "check_border"
    SWAP = "swap"
    MAKE_AHEAD = "make_ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was done: on which table, and how many rows or partitions it changed."""

    action: Action
    table: str = ""
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNow:
    """A table of the call log: rows as PostgreSQL estimates them, bytes with indexes, and its partitions by name."""

    name: str
    partitioned: bool
    rows: int = 0
    size_bytes: int = 0
    partitions: tuple[str, ...] = ()


def tables_now() -> tuple[TableNow, ...]:
    """How the tables are stored. Empty on SQLite, which has no partitions."""
    if connection.vendor != "postgresql":
        return ()
    return tuple(_table(name) for name in TABLES)


def _table(name: str) -> TableNow:
    rows, size_bytes = convert.size(name)
    partitioned = is_partitioned(name)
    names = tuple(part.name for part in ranges(name)) if partitioned else ()
    return TableNow(name=name, partitioned=partitioned, rows=rows, size_bytes=size_bytes, partitions=names)


def planned() -> list[Step]:
    """The steps that are left, none done."""
    steps: list[Step] = []
    for table in (now.name for now in tables_now() if not now.partitioned):
        if table == "llm_attempt":
            steps.append(Step(action=Action.REWRITE_IDS, table=table, changed=attempt_ids.old_ids()))
        steps += [Step(action=Action.CHECK_BORDER, table=table), Step(action=Action.SWAP, table=table)]
    return steps


def run(progress: Callable[[int], None]) -> Iterator[Step]:
    """Does the steps and yields each when it is done. Calls `progress` with the ids rewritten so far.

    Raises ConversionError for what an operator must mend first, and OperationalError when a table's lock was never to
    be had. Whatever was done stays done; the next run goes on.
    """
    left = [now.name for now in tables_now() if not now.partitioned]
    for table in left:
        if found := convert.dependents(table):
            raise ConversionError(f"{table} has views, triggers or foreign keys of others: {', '.join(found)}.")
    for table in left:
        if table == "llm_attempt":
            yield Step(action=Action.REWRITE_IDS, table=table, changed=attempt_ids.rewrite(progress))
            if attempt_ids.rewrite(lambda _: None):
                raise ConversionError(
                    "A process of the release before still writes attempts. Restart all of them, then run this again."
                )
        try:
            week = convert.prepare_border(table)
        except IntegrityError:
            raise ConversionError(
                f"{table} has rows with a time after the next three weeks. Delete them first."
            ) from None
        yield Step(action=Action.CHECK_BORDER, table=table)
        convert.swap(table, week)
        yield Step(action=Action.SWAP, table=table)
    if tables_now():
        yield Step(action=Action.MAKE_AHEAD, changed=make_ahead())
