"""`python -m bench.analytics`: p50 and p95 of every question of the analytics over so many calls on PostgreSQL.

The calls are spread over 35 days that end now. At the end the weeks of the 30 oldest days are dropped as retention
does, then the rest of those days, hour by hour. The database must be empty; it is made when it is missing, and keeps
its rows.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg

SPREAD_DAYS = 35
MONTH = timedelta(days=30)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.analytics", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="calls to seed (10000)")
    parser.add_argument("--database-url", required=True, help="an empty PostgreSQL database")
    parser.add_argument("--rounds", type=int, default=20, help="times that each question is asked (20)")
    parser.add_argument("--no-drop", action="store_true", help="do not drop a month at the end")
    parser.add_argument(
        "--one-number",
        type=int,
        metavar="KILLS",
        help="record the calls in processes that are killed so many times, "
        "and compare the sums of all places that tell them; exit 1 unless they are one number",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    words = parser.parse_args()
    if words.database_url.startswith("postgres"):
        _make(words.database_url)
    os.environ |= {"DATABASE_URL": words.database_url, "LLM_SIMULATOR": "on", "LOG_LEVEL": "WARNING", "REDIS_URL": ""}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    if words.one_number is not None:
        sums = _one_number(words.calls, words.one_number)
        print(json.dumps(sums) if words.json else "\n".join(f"{name:28} {value}" for name, value in sums.items()))
        sys.exit(0 if sums["one"] else 1)
    found = _measured(words)
    print(json.dumps(found) if words.json else _table(found))


def _make(url: str) -> None:
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            server.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def _one_number(calls: int, kills: int) -> dict[str, Any]:
    _set_up()
    from bench.analytics.one_number import one_number

    return one_number(calls, kills)


def _set_up() -> None:
    """Migrates the database; ends the program when it has calls."""
    import django

    django.setup()
    from django.core.management import call_command

    from llm.models import Call

    call_command("migrate", verbosity=0)
    if Call.objects.exists():
        raise SystemExit("The database has calls: give an empty one.")


def _measured(words: argparse.Namespace) -> dict[str, Any]:
    _set_up()
    from django.db import connection
    from django.utils import timezone

    from bench.analytics.seed import seed
    from llm.core.usage.periods import hour_of
    from llm.models import Call
    from llm.services import retention
    from llm.stores.partitions.forget import drop_weeks
    from llm.stores.usage.rollup import roll_up

    now = datetime.now(UTC)
    found: dict[str, Any] = {"calls": words.calls}
    found["seed_s"] = _timed(
        lambda: seed(words.calls, now - timedelta(days=SPREAD_DAYS), now, chance=random.Random(7))  # noqa: S311  no secret
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found["roll_up_s"] = _timed(roll_up)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found |= _sizes()
    found["questions"] = _asked(now, words.rounds)
    if not words.no_drop:
        left = timedelta(days=SPREAD_DAYS) - MONTH
        before = Call.objects.count()
        found["drop_month_s"] = _timed(lambda: drop_weeks(hour_of(timezone.now() - left)))
        found["drop_month_calls"] = before - Call.objects.count()
        found["delete_rest_s"] = _timed(lambda: retention.prune(left))
    return found


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    return round(time.monotonic() - started, 2)


def _sizes() -> dict[str, Any]:
    """Rows of sums of a whole day in the middle of the period: of its hours and of the day."""
    from llm.core.usage.periods import day_span
    from llm.models import UsageSum
    from llm.stores.usage.state import own_zone

    start, end = day_span((datetime.now(UTC) - timedelta(days=10)).date(), own_zone())
    of_day = UsageSum.objects.filter(start__gte=start, start__lt=end)
    hours, days = of_day.filter(grain="hour").count(), of_day.filter(grain="day").count()
    return {"rollup_rows_per_day": hours + days, "rollup_rows": {"hours": hours, "day": days}}


def _asked(now: datetime, rounds: int) -> list[dict[str, Any]]:
    from django.contrib.auth import get_user_model
    from django.core.cache import cache
    from django.test import Client

    from bench.analytics.questions import pages, questions
    from llm.models import Call

    user = get_user_model().objects.create_superuser("bench", "bench@example.com", "bench")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    last = Call.objects.order_by("-started_at").values_list("request_id", flat=True)[0]
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        **{name: ("/api/llm/analytics", query) for name, query in questions(now).items()},
        "export by day as CSV": ("/api/llm/analytics/export", questions(now)["by day"]),
        **{name: (path, {}) for name, path in pages(last).items()},
    }
    rows = []
    for name, (path, query) in asked.items():

        def ask(path: str = path, query: dict[str, Any] = query) -> int:
            cache.clear()  # the start page's figures, so that they are read each time
            answer = client.get(path, query)
            if answer.status_code != 200:
                raise SystemExit(f"{path} {query}: {answer.status_code} {answer.content[:200]!r}")
            return len(answer.getvalue())

        rows.append({"name": name, **_row(ask, rounds)})
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def _row(ask: Callable[[], int], rounds: int) -> dict[str, Any]:
    """`ask` returns the bytes of the answer."""
    from django.db.backends.utils import CursorWrapper

    executed, execute = [], CursorWrapper.execute

    def counted(self: Any, sql: Any, params: Any = None) -> Any:
        executed.append(sql)
        return execute(self, sql, params)

    CursorWrapper.execute = counted  # type: ignore[method-assign]  # requests end with their connection and its log
    ask()  # what a process does once is not a page's
    executed.clear()
    size = ask()
    CursorWrapper.execute = execute  # type: ignore[method-assign]
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - started))
    p95 = sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(p95, 1),
        "queries": len(executed),
        "kib": round(size / 1024, 1),
    }


def _table(found: dict[str, Any]) -> str:
    rows = [
        f"{row['name']:34} {row['p50_ms']:8.1f} {row['p95_ms']:8.1f} {row['queries']:5} {row['kib']:7.1f}"
        for row in found["questions"]
    ]
    rest = [f"{name}: {value}" for name, value in found.items() if name != "questions"]
    return "\n".join([f"{'question':34} {'p50 ms':>8} {'p95 ms':>8} queries  KiB", *rows, *rest])


if __name__ == "__main__":
    main()
