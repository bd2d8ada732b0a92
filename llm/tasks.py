"""The worker's periodic jobs as Celery tasks, with their schedule. Only Celery imports it."""

from celery import shared_task

from llm.worker import INTERVAL_S, PERIODIC_JOBS, PeriodicJob, run_job

LONGEST_S = 3600.0
"""A scheduler that loses its schedule file counts from its start. Restarted each night, it would never reach a day."""
STALE_S = 60.0
"""A task that no worker took in this time is dropped; the next one does its work. More than clocks differ."""


class JobFailed(Exception):
    """A job failed. The error is in the log; the exception shows the failure in Celery's monitors."""


@shared_task(name="llm.upkeep", ignore_result=True, throws=(JobFailed,))
def run_periodic_job(name: str) -> int:
    """Runs the job of this name; returns how many items it processed. Raises JobFailed."""
    job = next((job for job in PERIODIC_JOBS if job.name == name), None)
    if job is None:
        raise JobFailed(f"there is no job {name!r}: is the scheduler of another version?")
    result = run_job(job)
    if result.failed:
        raise JobFailed(name)
    return result.items


def beat_schedule() -> dict[str, dict[str, object]]:
    """The jobs as Celery's beat schedule; a job without an interval runs every 5 seconds."""
    return {f"llm-{job.name}": _entry(job) for job in PERIODIC_JOBS}


def _entry(job: PeriodicJob) -> dict[str, object]:
    interval = min(job.every_s or INTERVAL_S, LONGEST_S)
    return {
        "task": run_periodic_job.name,
        "schedule": interval,
        "args": (job.name,),
        "options": {"expires": max(interval, STALE_S)},
    }
