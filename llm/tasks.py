"""The worker's chores as Celery tasks, and when they are due. Imported by Celery alone."""

from celery import shared_task

from llm.worker import INTERVAL_S, PERIODIC_JOBS, PeriodicJob, run_job

LONGEST_S = 3600.0
"""A scheduler that loses its notes counts from its start: restarted each night, it would never see a day pass."""
STALE_S = 60.0
"""A chore that nobody took in this time is dropped: the next one does its work. More than clocks are apart."""


class JobFailed(Exception):
    """A chore failed. The log has the error; this tells Celery's monitors."""


@shared_task(name="llm.upkeep", ignore_result=True, throws=(JobFailed,))
def schedule(name: str) -> int:
    """Runs the chore of this name; answers how much it found to do. Raises ChoreFailed."""
    job = next((job for job in PERIODIC_JOBS if job.name == name), None)
    if job is None:
        raise JobFailed(f"there is no chore {name!r}: is the scheduler of another version?")
    result = run_job(job)
    if result.failed:
        raise JobFailed(name)
    return result.found


def beat_schedule() -> dict[str, dict[str, object]]:
    """The chores in Celery's terms; those that are due in every round come every 5 seconds."""
    return {f"llm-{job.name}": _entry(job) for job in PERIODIC_JOBS}


def _entry(job: PeriodicJob) -> dict[str, object]:
    interval = min(job.every_s or INTERVAL_S, LONGEST_S)
    return {
        "task": schedule.name,
        "schedule": interval,
        "args": (job.name,),
        "options": {"expires": max(interval, STALE_S)},
    }
