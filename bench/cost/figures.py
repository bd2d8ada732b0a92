"""The row of a run, and its comparison with the yardstick's row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.cost.load import Job, Sample
from bench.cost.machine import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a system stood when it was measured. `database`: SQLite or PostgreSQL, "" without one."""

    system: str
    database: str = ""
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a run used: CPU seconds of the asking process and its children, of PostgreSQL, memory in MiB at its peak.

    `lag_s`: the slowest `/livez` meanwhile. None: without a server, or without PostgreSQL. `idle` and `worker` are the
    memory of the largest worker before the run and after it.
    """

    cpu_s: float
    rss_mib: float
    database_s: float | None = None
    lag_s: float | None = None
    idle: Memory | None = None
    worker: Memory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One job on one system. Times in milliseconds, CPU in milliseconds a request, memory in MiB at its peak.

    `ratio_to_bare`: `cpu_ms` beside that of the bare door in the same setting; None where it has no such row.
    `first_ms`: the median time to the first text of a stream. `worker_…`: the largest worker's resident memory and its
    share (PSS), before the run and at its peak; None without a server.
    """

    name: str
    system: str
    database: str
    workers: int
    job: str
    body: str
    stream: bool
    requests: int
    failed: int
    cpu_ms: float
    database_ms: float | None
    ratio_to_bare: float | None = None
    p50_ms: float
    p99_ms: float
    first_ms: float | None
    per_second: float
    rss_mib: float | None
    lag_ms: float | None
    worker_idle_rss_mib: float | None = None
    worker_idle_pss_mib: float | None = None
    worker_peak_rss_mib: float | None = None
    worker_peak_pss_mib: float | None = None


def row(setting: Setting, job: Job, sample: Sample, use: Use) -> Row:
    """The figures of a run, as yet without a ratio."""
    place = [setting.database] * bool(setting.database) + [f"{setting.workers} workers"] * (setting.workers > 1)
    return Row(
        name=f"{setting.system}, {job.name}" + (f" ({', '.join(place)})" if place else ""),
        system=setting.system,
        database=setting.database,
        workers=setting.workers,
        job=job.name,
        body=job.size,
        stream=job.stream,
        requests=job.requests,
        failed=sample.failed,
        cpu_ms=1000 * use.cpu_s / job.requests,
        database_ms=_per_request_ms(use.database_s, job.requests),
        p50_ms=1000 * quantile(sample.latencies, 0.5),
        p99_ms=1000 * quantile(sample.latencies, 0.99),
        first_ms=1000 * quantile(sample.firsts, 0.5) if sample.firsts else None,
        per_second=len(sample.latencies) / sample.elapsed_s,
        rss_mib=use.rss_mib,
        lag_ms=None if use.lag_s is None else 1000 * use.lag_s,
        worker_idle_rss_mib=use.idle.rss_mib if use.idle else None,
        worker_idle_pss_mib=use.idle.pss_mib if use.idle else None,
        worker_peak_rss_mib=use.worker.peak_rss_mib if use.worker else None,
        worker_peak_pss_mib=use.worker.peak_pss_mib if use.worker else None,
    )


def with_ratios(rows: Sequence[Row], yardstick: str) -> list[Row]:
    """The rows, each with its CPU beside that of the system `yardstick` for the same job and database."""
    bare = {(row.job, row.database): row.cpu_ms for row in rows if row.system == yardstick and row.workers == 1}
    fallback = {row.job: row.cpu_ms for row in rows if row.system == yardstick}
    return [
        replace(row, ratio_to_bare=row.cpu_ms / base if base else None)
        for row in rows
        for base in [bare.get((row.job, row.database), fallback.get(row.job))]
    ]


def _per_request_ms(seconds: float | None, requests: int) -> float | None:
    return None if seconds is None else 1000 * seconds / requests


def in_process(job: str, part: str, spent_s: Sequence[float]) -> Row:
    """The row of a part of a call that was played in one process. `spent_s`: CPU seconds of each time."""
    mean_s = sum(spent_s) / len(spent_s)
    return Row(
        name=f"{job}, {part}",
        system=job,
        database="",
        workers=1,
        job=job,
        body="",
        stream=False,
        requests=len(spent_s),
        failed=0,
        cpu_ms=1000 * mean_s,
        database_ms=None,
        p50_ms=1000 * quantile(spent_s, 0.5),
        p99_ms=1000 * quantile(spent_s, 0.99),
        first_ms=None,
        per_second=1 / mean_s,
        rss_mib=None,
        lag_ms=None,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie; NaN of none."""
    ordered = sorted(values) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
