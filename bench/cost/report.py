"""The table that people read."""

from collections.abc import Sequence

from bench.cost.figures import Row

HEAD = (
    f"{'':58}{'CPU ms':>9}{'+ PG':>7}{'to bare':>9}{'p50 ms':>9}{'p99 ms':>9}"
    f"{'first':>8}{'a second':>10}{'MiB':>6}{'worker RSS':>12}{'PSS':>10}{'lag ms':>8}{'failed':>8}"
)
FOOT = """
CPU: of the process that asks the vendor, a request; + PG: of PostgreSQL; to bare: beside the bare ASGI door, same job
and database. first: median time to a stream's first text. MiB: resident at its peak.
worker: the largest one's resident memory and its share of it (PSS), before the run and at its peak.
lag: the slowest of the requests to /livez meanwhile, where it was watched.
planning: a plan of one call, in process."""


def table(rows: Sequence[Row]) -> str:
    """All rows, a job after the other."""
    jobs = list(dict.fromkeys(row.job for row in rows))
    ordered = [row for job in jobs for row in rows if row.job == job]
    return "\n".join([HEAD, *map(_line, ordered), FOOT])


def _line(row: Row) -> str:
    return (
        f"{row.name:58}{row.cpu_ms:9.3f}{_number(row.database_ms, 2):>7}{_number(row.ratio_to_bare, 2):>9}"
        f"{row.p50_ms:9.1f}{row.p99_ms:9.1f}{_number(row.first_ms, 1):>8}"
        f"{row.per_second:10.0f}{_number(row.rss_mib, 0):>6}"
        f"{_span(row.worker_idle_rss_mib, row.worker_peak_rss_mib):>12}"
        f"{_span(row.worker_idle_pss_mib, row.worker_peak_pss_mib):>10}"
        f"{_number(row.lag_ms, 0):>8}{row.failed:8d}"
    )


def _span(idle: float | None, peak: float | None) -> str:
    return "" if idle is None or peak is None else f"{idle:.0f} / {peak:.0f}"


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"
