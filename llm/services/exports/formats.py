"""The call log as a file: CSV, JSON lines or Parquet, made piece by piece."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

from llm.core.exceptions import LLMError
from llm.services.exports.calls import COLUMNS, Row
from llm.services.exports.csv_lines import csv_line

Batches = Iterable[list[Row]]

PIECE_BYTES = 64 * 1024
ROW_GROUP = 10_000
"""Rows that Parquet's writer gathers in memory before it writes them."""
TEXT, FLAG, WHOLE, REAL, MOMENT, DOLLARS = "text", "flag", "whole", "real", "moment", "dollars"
KINDS = {
    "started_at": MOMENT,
    "cost_usd": DOLLARS,
    **dict.fromkeys(("stream", "resumed", "fallback"), FLAG),
    **dict.fromkeys(("elapsed_ms", "first_token_ms"), REAL),
    **{name: WHOLE for name in COLUMNS if name.endswith(("_tokens", "attempts_made", "_attempts"))},
}


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class NotInstalled(LLMError):
    """A format needs packages that this installation lacks."""


def require(wanted: Format) -> None:
    """Raises NotInstalled when the format's packages are missing."""
    if wanted is Format.PARQUET and find_spec("arro3") is None:
        raise NotInstalled("Parquet needs the packages of requirements-parquet.txt: arro3-core and arro3-io.")


def pieces(wanted: Format, batches: Batches) -> Iterator[bytes]:
    """The file, piece by piece. Costs are decimals, in JSON as text. Raises NotInstalled."""
    require(wanted)
    writers: dict[Format, Callable[[Batches], Iterator[bytes]]] = {
        Format.CSV: _csv,
        Format.JSONL: _json_lines,
        Format.PARQUET: _parquet,
    }
    return writers[wanted](batches)


def _csv(batches: Batches) -> Iterator[bytes]:
    yield csv_line(COLUMNS).encode()
    for batch in batches:
        yield "".join(csv_line(row) for row in batch).encode()


def _json_lines(batches: Batches) -> Iterator[bytes]:
    for batch in batches:
        yield b"".join(
            json.dumps(dict(zip(COLUMNS, map(_json_value, row), strict=True)), ensure_ascii=False).encode() + b"\n"
            for row in batch
        )


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _parquet(batches: Batches) -> Iterator[bytes]:
    """By way of a temporary file: Parquet's table of contents stands at its end."""
    from arro3.core import RecordBatchReader, Schema
    from arro3.io import write_parquet

    schema = Schema([_parquet_field(name) for name in COLUMNS])
    with tempfile.TemporaryFile() as file:
        reader = RecordBatchReader.from_batches(schema, (_record_batch(batch, schema) for batch in batches))
        write_parquet(reader, file, compression="zstd(3)", max_row_group_size=ROW_GROUP)
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _parquet_field(name: str) -> Any:
    from arro3.core import DataType, Field

    types = {
        TEXT: DataType.utf8(),
        FLAG: DataType.bool(),
        WHOLE: DataType.int64(),
        REAL: DataType.float64(),
        MOMENT: DataType.timestamp("us", tz="UTC"),
        DOLLARS: DataType.decimal128(16, 9),
    }
    return Field(name, types[KINDS.get(name, TEXT)])


def _record_batch(batch: list[Row], schema: Any) -> Any:
    from arro3.core import Array, DataType, RecordBatch

    arrays = []
    for place, (name, column) in enumerate(zip(COLUMNS, zip(*batch, strict=True), strict=True)):
        kind, wanted = KINDS.get(name, TEXT), schema.field(place).type
        if kind == MOMENT:
            micros = [int(at.astimezone(UTC).timestamp()) * 1_000_000 + at.microsecond for at in column]
            arrays.append(Array(micros, DataType.int64()).cast(wanted))
        elif kind == DOLLARS:
            texts = [None if usd is None else f"{usd:f}" for usd in column]
            arrays.append(Array(texts, DataType.utf8()).cast(wanted))
        else:
            arrays.append(Array([str(value) for value in column] if kind == TEXT else list(column), wanted))
    return RecordBatch.from_arrays(arrays, schema=schema)
