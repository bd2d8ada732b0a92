"""The worker's chores as Celery tasks, and when they are due. Imported by Celery alone."""

from celery import shared_task

from llm.worker import CHORES, INTERVAL_S, Chore, run_chore

LONGEST_S = 3600.0
"""A scheduler that loses its notes counts from its start: restarted each night, it would never see a day pass."""
STALE_S = 60.0
"""A chore that nobody took in this time is dropped: the next one does its work. More than clocks are apart."""


class ChoreFailed(Exception):
    """A chore failed. The log has the error; this tells Celery's monitors."""


@shared_task(name="llm.upkeep", ignore_result=True, throws=(ChoreFailed,))
def upkeep(name: str) -> int:
    """Runs the chore of this name; answers how much it found to do. Raises ChoreFailed."""
    chore = next((chore for chore in CHORES if chore.name == name), None)
    if chore is None:
        raise ChoreFailed(f"there is no chore {name!r}: is the scheduler of another version?")
    result = run_chore(chore)
    if result.failed:
        raise ChoreFailed(name)
    return result.found


def beat_schedule() -> dict[str, dict[str, object]]:
    """The chores in Celery's terms; those that are due in every round come every 5 seconds."""
    return {f"llm-{chore.name}": _entry(chore) for chore in CHORES}


def _entry(chore: Chore) -> dict[str, object]:
    interval = min(chore.every_s or INTERVAL_S, LONGEST_S)
    return {
        "task": upkeep.name,
        "schedule": interval,
        "args": (chore.name,),
        "options": {"expires": max(interval, STALE_S)},
    }
