"""`manage.py llm_worker`: recovery probes, roll-ups, retention and journal recovery, in a loop."""

import argparse
import signal
import threading

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from llm.management.base import Error, Exit, LLMCommand
from llm.services.alert_settings import alert_settings
from llm.services.upkeep import CHORES, INTERVAL_S, Upkeep

log = structlog.get_logger(__name__)


class Command(LLMCommand):
    help = (
        "Keeps house: probes providers whose cooldown is over, tells operators of trouble (LLM_ALERT_EMAILS, "
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
            help="Between rounds (default: %(default)g).",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        if not 0 < options.interval <= 3600:
            raise Error("--interval must be more than 0 and at most 3600 seconds.")
        try:
            alert_settings()
        except ImproperlyConfigured as error:
            raise Error(str(error)) from None
        upkeep = Upkeep()
        if options.once:
            done = upkeep.round()
            text = "\n".join(f"{one.chore}: {'failed' if one.failed else one.found}" for one in done)
            self.show(options, value={"chores": done}, text=text)
            return Exit.DOWN if any(one.failed for one in done) else Exit.OK
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        log.info("worker_started", interval_s=options.interval, chores=[chore.name for chore in CHORES])
        while not told.is_set():
            upkeep.round()
            told.wait(options.interval)
        return Exit.OK
