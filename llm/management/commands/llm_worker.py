"""`manage.py llm_worker`: runs the periodic jobs in a loop: probes, alerts, roll-ups, retention, journal recovery."""

import argparse
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from llm.alerts.conf import alert_settings
from llm.management.base import Error, Exit, LLMCommand
from llm.worker import INTERVAL_S, MAINTENANCE, PERIODIC_JOBS, PROBES, JobSchedule, run_job

log = structlog.get_logger(__name__)

PROBE_THREADS = 8
"""Concurrent runs of the probe job: a silent vendor blocks the run that probes it, and the next runs go on."""


class Command(LLMCommand):
    help = (
        "Runs the periodic jobs: probes providers whose circuits are open, sends alerts (LLM_ALERT_EMAILS, "
        "LLM_ALERT_WEBHOOK_URL), records the calls of killed processes, sums up each hour, deletes old calls. "
        "Runs until SIGTERM, which lets running jobs finish. One per machine is enough."
    )
    examples = (
        "  manage.py llm_worker\n  manage.py llm_worker --once --json     (each job once; exit code 1 when one failed)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Run each job once, then end.")
        parser.add_argument(
            "--interval",
            type=float,
            default=INTERVAL_S,
            metavar="SECONDS",
            help=f"Between two runs (default: %(default)g). Probes run every {PROBES.every_s:g} s or more often.",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        if not 0 < options.interval <= 3600:
            raise Error("--interval must be more than 0 and at most 3600 seconds.")
        try:
            alert_settings()
        except ImproperlyConfigured as error:
            raise Error(str(error)) from None
        if options.once:
            results = JobSchedule().run_due()
            text = "\n".join(f"{result.job}: {'failed' if result.failed else result.items}" for result in results)
            values = [{"chore": result.job, "found": result.items, "failed": result.failed} for result in results]
            self.show(options, value={"chores": values}, text=text)
            return Exit.DOWN if any(result.failed for result in results) else Exit.OK
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        log.info("worker_started", interval_s=options.interval, jobs=[job.name for job in PERIODIC_JOBS])
        maintenance = threading.Thread(
            target=_run_maintenance, args=(stopping, options.interval), name="maintenance", daemon=True
        )
        maintenance.start()
        with ThreadPoolExecutor(PROBE_THREADS, "probes") as pool:
            pool.submit(run_job, PROBES)
            while not stopping.wait(min(options.interval, PROBES.every_s)):
                pool.submit(run_job, PROBES)
        maintenance.join()
        return Exit.OK


def _run_maintenance(stopping: threading.Event, interval_s: float) -> None:
    """Runs the maintenance jobs in a thread of their own: hourly sums or a slow mail server would delay the probes."""
    schedule = JobSchedule(MAINTENANCE)
    while not stopping.is_set():
        schedule.run_due()
        stopping.wait(interval_s)
