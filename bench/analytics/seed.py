"""Fills the call log: rows as the writer makes them, spread over a period, at the speed of COPY."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction

from llm.models import Attempt, Call
from llm.stores.calls.tables import AttemptRow, CallRow
from llm.stores.partitions.ahead import make_weeks
from llm.stores.partitions.weeks import WEEK

PART = 50_000
MODELS = {
    "claude": ("claude-sonnet-5-5", "claude-haiku-5"),
    "gemini": ("gemini-3.8-flash", "gemini-3.8-pro"),
    "openai": ("gpt-6.1-terra", "gpt-6.1-luna"),
}
ROUTES = ("default", "conversation", "suggestions", "support")
KEYS = tuple((f"shop {number}", f"{number:032x}", f"team {number % 5}") for number in range(40))
ERRORS = ("timeout", "overloaded", "rate_limited", "server_error", "credit_exhausted", "connection")
DEFAULTS = {"skips": "[]", "dropped": "[]", "units": "{}", "stream": "f", "resumed": "f", "malformed": "0"}
SHAPES = 4000
"""Different calls apart from their times: so many are drawn, each is used many times."""

Shape = tuple[str, list[str]]
"""The end of a call's line, and those of its attempts' lines."""


def seed(calls: int, start: datetime, end: datetime, *, chance: random.Random) -> None:
    """Writes so many calls with their attempts, evenly from `start` to before `end`."""
    make_weeks(start, (end - start) // WEEK + 2)
    shapes = [_shape(chance) for _ in range(SHAPES)]
    for first in range(0, calls, PART):
        numbers = range(first, min(first + PART, calls))
        lines = list(_lines(numbers, calls, start, end, shapes, chance))
        with transaction.atomic(), connection.cursor() as cursor:
            for table, names, place in (
                (Call._meta.db_table, _call_names(), 0),
                (Attempt._meta.db_table, _attempt_names(), 1),
            ):
                with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                    copy.write("".join(line[place] for line in lines))


def _lines(
    numbers: range, calls: int, start: datetime, end: datetime, shapes: list[Shape], chance: random.Random
) -> Iterator[tuple[str, str]]:
    step = (end - start) / calls
    for number in numbers:
        at = start + step * number
        head = f"{int(at.timestamp() * 1000):012x}"
        tail = f"{chance.getrandbits(60):015x}"
        call_id = f"{head}7{tail[:3]}8{tail}"
        started, (call, attempts) = at.isoformat(), shapes[int(chance.random() * SHAPES)]
        yield (
            f"{call_id}\treq-{head}{tail}\t{started}\t{call}",
            "".join(
                f"{head}7{tail[:3]}9{tail[1:]}{seq}\t{call_id}\t{seq}\t{started}\tv-{head}{seq}{tail}\t{attempt}"
                for seq, attempt in enumerate(attempts, start=1)
            ),
        )


CALL_HEAD = ("id", "request_id", "started_at")
ATTEMPT_HEAD = ("id", "call_id", "seq", "started_at", "vendor_request_id")


def _call_names() -> list[str]:
    return [*CALL_HEAD, *(name for name in CallRow._fields if name not in CALL_HEAD)]


def _attempt_names() -> list[str]:
    return [*ATTEMPT_HEAD, *(name for name in AttemptRow._fields if name not in ATTEMPT_HEAD)]


def _shape(chance: random.Random) -> Shape:
    """A call: 94 of 100 are answered, one in twelve of those by another provider than the first."""
    consumer, key_id, team = chance.choice(KEYS)
    names = chance.sample(sorted(MODELS), 3)
    kind = chance.random()
    failing = 0 if kind < 0.86 else 1 if kind < 0.94 else 3 if kind < 0.98 else 1
    status = "ok" if kind < 0.94 else "static" if kind < 0.98 else chance.choice(("rejected", "cancelled", "failed"))
    models = [chance.choice(MODELS[name]) for name in names]
    errors = [chance.choice(ERRORS) for _ in names]
    attempts: list[dict[str, object]] = [
        {"provider": names[n], "model": models[n], "outcome": "failed", "error_class": errors[n]}
        for n in range(failing)
    ]
    tokens: dict[str, object] = {"input_tokens": chance.randint(50, 4000), "output_tokens": chance.randint(5, 800)}
    nano = chance.randint(1_000, 40_000_000)
    cost = f"{nano / 1e9:.9f}"
    parts = json.dumps({"input": f"{nano // 3 / 1e9:.9f}", "output": f"{(nano - nano // 3) / 1e9:.9f}"})
    elapsed = str(round(chance.lognormvariate(7, 0.7), 3))
    call: dict[str, object] = {
        "status": status,
        "error_class": errors[0] if status in ("failed", "rejected", "static") else "",
    }
    if status == "ok":
        said: dict[str, object] = {"provider": names[failing], "model": models[failing]}
        attempts.append({**said, "outcome": "ok", **tokens, "cost_usd": cost, "cost_parts": parts})
        call |= {**said, **tokens, "cost_usd": cost, "first_token_ms": "350.5"}
    elif status == "static":
        call["provider"] = "static"
    shared: dict[str, object] = {"route": chance.choice(ROUTES), "consumer": consumer, "key_id": key_id, "team": team}
    call |= {
        **shared,
        "origin": "probe" if kind < 0.01 else "api",
        "elapsed_ms": elapsed,
        "fallback": "ft"[failing == 1],
    }
    call["attempts_made"] = str(len(attempts))
    ends = [_end(AttemptRow._fields, ATTEMPT_HEAD, {"kind": attempt["provider"], **attempt}) for attempt in attempts]
    return _end(CallRow._fields, CALL_HEAD, call), ends


NULLS = {"user_id", "first_token_ms", "http_status", "cost_usd", "reported", "cost_parts", "saved_usd"}
TEXTS = {
    "route", "origin", "key_id", "consumer", "team", "status", "provider", "model", "error_class", "error_message",
    "prompt", "answer", "kind", "answered_model", "outcome", "reason", "why", "vendor_code", "message", "tier",
    "region", "price_version",
}  # fmt: skip
FLAGS = {"fallback", "estimated", "unpriced"}


def _end(names: tuple[str, ...], head: tuple[str, ...], values: dict[str, object]) -> str:
    return "\t".join(_cell(name, values) for name in names if name not in head) + "\n"


def _cell(name: str, values: dict[str, object]) -> str:
    if name in values:
        return str(values[name])
    if name in DEFAULTS:
        return DEFAULTS[name]
    return r"\N" if name in NULLS else "" if name in TEXTS else "f" if name in FLAGS else "0"


def period(days: int, now: datetime) -> tuple[datetime, datetime]:
    """The days before now."""
    return now - timedelta(days=days), now
