"""`manage.py llm_control`: an operator's hand on one provider, from a terminal."""

import argparse
from datetime import UTC, datetime

from django.core.management.base import CommandParser

from llm.core.circuit.override import Action
from llm.management.base import Error, Exit, LLMCommand
from llm.management.commands.llm_reset import operator
from llm.management.durations import duration
from llm.management.show import UNKNOWN, moment
from llm.services.control import MAX_REASON, apply_action
from llm.services.status import ProviderStatus


class Command(LLMCommand):
    help = (
        "Takes a provider out (disable, drain, force_open), holds it in (force_closed), ends that (release), "
        "closes its circuit (reset) or asks whether it is well (probe). Calls that are under way finish. Holds in all "
        "workers within about a second, and is kept as an event with your name."
    )
    examples = (
        '  manage.py llm_control claude drain --for 30m --reason "key is being changed"\n'
        "  manage.py llm_control claude release\n"
        "  manage.py llm_control openai force_closed --json"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The provider.")
        parser.add_argument("action", choices=[str(action) for action in Action], metavar="ACTION", help=actions())
        parser.add_argument("--reason", default="", help="Stands in the timeline and in the records of calls.")
        parser.add_argument(
            "--for",
            dest="period",
            type=duration,
            metavar="30m",
            help="A number with d, h, m or s; without it the mode holds until it is released.",
        )

    def run(self, options: argparse.Namespace) -> Exit:
        action = Action(options.action)
        if options.period is not None and not action.lasts:
            raise Error(f"--for says how long a mode holds; {action} has no duration.")
        if len(options.reason) > MAX_REASON:
            raise Error(f"--reason may have at most {MAX_REASON} characters.")
        until = datetime.now(UTC) + options.period if options.period is not None else None
        status = apply_action(options.name, action, reason=options.reason, until=until, by=operator())
        self.show(options, value=status, text=sentence(status))
        return Exit.OK


def actions() -> str:
    return "One of: " + ", ".join(Action) + "."


def sentence(status: ProviderStatus) -> str:
    """How the provider stands after the act, in a line."""
    asked = "can be asked" if status.available else "is not asked"
    until = f"; until {moment(status.override.until)}" if status.override and status.override.until else ""
    return f"{status.name}: {status.state}, {asked} ({status.detail or UNKNOWN}){until}"
