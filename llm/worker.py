"""The worker's periodic jobs and which are due. The loop: `manage.py llm_worker`, or Celery (`llm/tasks.py`)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

from llm.alerts.send import send_due
from llm.idempotency.claims import prune
from llm.incidents import Incident
from llm.services import retention
from llm.services.catalogue.lists import look_at_lists
from llm.services.probes.budget import budget_of_day
from llm.services.probes.schedule import probe_due_sync
from llm.services.reconcile.run import reconcile_due
from llm.services.routes import standby
from llm.services.runtime import clock
from llm.services.wallets.entries import learn_from_calls
from llm.services.wallets.hours import share_hours
from llm.services.wallets.vendors import ask_vendors
from llm.stores.budgets import state as ledger_state

log = structlog.get_logger(__name__)

database_away = Incident("chores_without_database", log)
"""Runs of jobs that failed because the database is away; they run again when next due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicJob:
    """`run` returns how many items it processed. `every_s` counts from the start of its last run."""

    name: str
    every_s: float
    run: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """`items` is 0 when there was nothing to do, and when the job failed."""

    job: str
    items: int = 0
    failed: bool = False


def probe_recovering() -> int:
    """Probes the providers that are due; returns how many. Probes that the budget postponed do not count."""
    return sum(not result.postponed for result in probe_due_sync(by="worker"))


def send_alerts() -> int:
    """Sends the alerts that are due, the one of the probe budget included; returns how many."""
    return send_due(budget=budget_of_day(clock.now()))


def prune_ledger() -> int:
    """Deletes what limits and budgets no longer need; returns how many rows."""
    return ledger_state.prune(clock.now())


INTERVAL_S = 5.0
"""Default time between two runs of the maintenance jobs."""

PROBES = PeriodicJob(name="probes", every_s=1, run=probe_recovering)
"""Looks each second for providers that are due, so a probe is at most a second late."""

MAINTENANCE = (
    PeriodicJob(name="alerts", every_s=0, run=send_alerts),
    PeriodicJob(name="standby", every_s=5, run=standby.look),
    PeriodicJob(name="balances", every_s=60, run=ask_vendors),
    PeriodicJob(name="model-lists", every_s=600, run=look_at_lists),
    PeriodicJob(name="wallets", every_s=30, run=learn_from_calls),
    PeriodicJob(name="wallet-hours", every_s=60, run=share_hours),
    PeriodicJob(name="journal", every_s=30, run=retention.recover),
    PeriodicJob(name="partitions", every_s=3600, run=retention.make_partitions),
    PeriodicJob(name="roll-up", every_s=60, run=retention.roll_up),
    PeriodicJob(name="reconciliation", every_s=3600, run=reconcile_due),
    PeriodicJob(name="idempotency", every_s=600, run=prune),
    PeriodicJob(name="ledger", every_s=3600, run=prune_ledger),
    PeriodicJob(name="retention", every_s=24 * 3600, run=retention.prune_by_settings),
)
"""In the order in which they run: calls of killed processes are recorded before the hours are summed up."""

PERIODIC_JOBS = (PROBES, *MAINTENANCE)


class JobSchedule:
    """Keeps the time at which each job is next due; in a new schedule all jobs are due."""

    def __init__(
        self, jobs: Sequence[PeriodicJob] = PERIODIC_JOBS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._due = {job.name: clock() for job in jobs}

    def run_due(self) -> tuple[JobResult, ...]:
        """Runs the jobs that are due. A failed job is logged, runs again when next due, and the others still run."""
        results = []
        for job in self._jobs:
            if self._clock() >= self._due[job.name]:
                self._due[job.name] = self._clock() + job.every_s
                results.append(run_job(job))
        return tuple(results)


def run_job(job: PeriodicJob) -> JobResult:
    """Runs the job now. Raises nothing: a failure is logged, and `failed` in the result."""
    close_old_connections()
    try:
        items = job.run()
    except (OperationalError, InterfaceError) as error:
        database_away.note(job=job.name, error=type(error).__name__)
        return JobResult(job=job.name, failed=True)
    except Exception as error:
        log.exception("chore_failed", job=job.name, error=type(error).__name__)
        return JobResult(job=job.name, failed=True)
    finally:
        close_old_connections()
    if items:
        log.info("chore_done", job=job.name, found=items)
    return JobResult(job=job.name, items=items)
