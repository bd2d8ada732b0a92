"""Writes call records that the database rejects to `rejected.jsonl` beside the journals, for operators."""

import json
import os
from pathlib import Path
from typing import Any

import structlog

from llm.core.calls import CallRecord
from llm.stores.calls.codec import encode

log = structlog.get_logger(__name__)

FILE_NAME = "rejected.jsonl"


def set_aside(directory: Path, record: CallRecord, error: Exception) -> None:
    """Writes the record to the file and logs the rejection."""
    reason = describe(error)
    log.error("call_record_refused", call_id=record.call.id, request_id=record.call.request_id, error=reason)
    _append(directory, {"error": reason, "record": encode(record)})


def set_line_aside(directory: Path, line: dict[str, Any], error: Exception) -> None:
    """Writes a journal line that this release cannot decode to the file, and logs it."""
    log.error("journal_line_not_understood", error=describe(error))
    _append(directory, {"error": describe(error), "line": line})


def describe(error: Exception) -> str:
    """The error's type and first line. PostgreSQL repeats the row, prompts included, in the lines below."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _append(directory: Path, line: dict[str, Any]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(directory / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        log.error("rejected_not_writable", error=describe(error))
