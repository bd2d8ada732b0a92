"""The chores of the worker, and which of them are due. Not the loop: that is `manage.py llm_worker`'s, or Celery's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import close_old_connections

from llm.alerts import send as alerts
from llm.idempotency import claims as idempotency
from llm.services import retention
from llm.services.probes import budget as probe_budget
from llm.services.probes.schedule import probe_due_sync
from llm.services.runtime import clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicJob:
    """`run` returns how much it found to do. `every_s` is counted from the start of its last run."""

    name: str
    every_s: float
    run: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """`found` is 0 when there was nothing to do, and when the chore failed."""

    job: str
    found: int = 0
    failed: bool = False


def probe_recovering() -> int:
    """Asks the providers whose cooldown is over, or that an outage keeps out; answers how many were asked."""
    return sum(not result.held for result in probe_due_sync(by="worker"))


def send_alerts() -> int:
    """Tells operators of what is due to be told, the probe budget included."""
    return alerts.send_due(budget=probe_budget.today(clock.now()))


INTERVAL_S = 5.0
"""Between two rounds, when nobody says otherwise."""

PROBES = PeriodicJob(name="probes", every_s=1, run=probe_recovering)
"""A look for what is due, not a probe. So a probe is made at most a second after its time."""

MAINTENANCE = (
    PeriodicJob(name="alerts", every_s=0, run=send_alerts),
    PeriodicJob(name="journal", every_s=30, run=retention.recover),
    PeriodicJob(name="roll-up", every_s=300, run=retention.roll_up),
    PeriodicJob(name="idempotency", every_s=600, run=idempotency.prune),
    PeriodicJob(name="retention", every_s=24 * 3600, run=retention.prune_by_settings),
)
"""In the order of a round: what killed processes left behind is written before the hours are summed up."""

PERIODIC_JOBS = (PROBES, *MAINTENANCE)


class JobSchedule:
    """Knows when each chore ran last; a new one has all chores due."""

    def __init__(
        self, jobs: Sequence[PeriodicJob] = PERIODIC_JOBS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._chores = jobs
        self._clock = clock
        self._due = {job.name: clock() for job in jobs}

    def round(self) -> tuple[JobResult, ...]:
        """Runs what is due. A chore that fails is logged, tried again when it is next due, and stops no other."""
        results = []
        for job in self._chores:
            if self._clock() >= self._due[job.name]:
                self._due[job.name] = self._clock() + job.every_s
                results.append(run_job(job))
        return tuple(results)


def run_job(job: PeriodicJob) -> JobResult:
    """Runs it now. Raises nothing: a failure is logged and told by the result."""
    close_old_connections()
    try:
        found = job.run()
    except Exception as error:
        log.exception("chore_failed", job=job.name, error=type(error).__name__)
        return JobResult(job=job.name, failed=True)
    finally:
        close_old_connections()
    if found:
        log.info("chore_done", job=job.name, found=found)
    return JobResult(job=job.name, found=found)
