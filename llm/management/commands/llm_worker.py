"""`manage.py llm_worker`: recovery probes, roll-ups, retention and journal recovery, in a loop."""

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

AT_ONCE = 8
"""Rounds of probes that may be under way: each vendor that keeps silent holds up one of them and not the next."""


class Command(LLMCommand):
    help = (
        "Keeps house: probes providers that are out, tells operators of trouble (LLM_ALERT_EMAILS, "
        "LLM_ALERT_WEBHOOK_URL), writes down what killed processes left behind, sums up the hours, deletes old calls. "
        "Runs until SIGTERM, which lets the round finish. One per machine is enough."
    )
    examples = (
        "  manage.py llm_worker\n"
        "  manage.py llm_worker --once --json     (one round, every chore; exit code 1 when one failed)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="One round of every chore, then end.")
        parser.add_argument(
            "--interval",
            type=float,
            default=INTERVAL_S,
            metavar="SECONDS",
            help=f"Between rounds (default: %(default)g). Probes are looked for each {PROBES.every_s:g} s at least.",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        if not 0 < options.interval <= 3600:
            raise Error("--interval must be more than 0 and at most 3600 seconds.")
        try:
            alert_settings()
        except ImproperlyConfigured as error:
            raise Error(str(error)) from None
        if options.once:
            done = JobSchedule().round()
            text = "\n".join(f"{one.job}: {'failed' if one.failed else one.found}" for one in done)
            self.show(options, value={"chores": done}, text=text)
            return Exit.DOWN if any(one.failed for one in done) else Exit.OK
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        log.info("worker_started", interval_s=options.interval, jobs=[job.name for job in PERIODIC_JOBS])
        house = threading.Thread(target=_keep_house, args=(told, options.interval), name="house", daemon=True)
        house.start()
        with ThreadPoolExecutor(AT_ONCE, "probes") as pool:
            pool.submit(run_job, PROBES)
            while not told.wait(min(options.interval, PROBES.every_s)):
                pool.submit(run_job, PROBES)
        house.join()
        return Exit.OK


def _keep_house(told: threading.Event, interval_s: float) -> None:
    """Apart from the probes, whose time is kept to a second: sums of many hours or a slow mail server take longer."""
    schedule = JobSchedule(MAINTENANCE)
    while not told.is_set():
        schedule.round()
        told.wait(interval_s)
