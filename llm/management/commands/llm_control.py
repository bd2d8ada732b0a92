"""`manage.py llm_control`: overrides, releases, resets or probes one provider from a terminal."""

import argparse
from datetime import UTC, datetime

from django.core.management.base import CommandParser

from llm.core.circuit.override import Action
from llm.core.routing.standing import PHRASES
from llm.management.base import Error, Exit, LLMCommand
from llm.management.durations import duration
from llm.management.operator import add_record_option, operator
from llm.management.show import UNKNOWN, moment
from llm.services.access.rights import OPERATE
from llm.services.control import MAX_REASON, apply_action
from llm.services.status import ProviderStatus


class Command(LLMCommand):
    help = (
        "Takes a provider out of service (disable, drain, force_open), keeps it in service (force_closed), ends that "
        "override (release), closes its circuit (reset) or probes it (probe; a failure counts only with --record). "
        "Running calls finish. In force in all workers within about a second, and recorded as an event with your name."
    )
    need = OPERATE
    examples = (
        '  manage.py llm_control claude drain --for 30m --reason "key is being changed"\n'
        "  manage.py llm_control claude release\n"
        "  manage.py llm_control openai force_closed --json"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="The provider.")
        parser.add_argument(
            "action", choices=[str(action) for action in Action], metavar="ACTION", help=f"One of: {', '.join(Action)}."
        )
        parser.add_argument("--reason", default="", help="Shown in the events and in the records of calls.")
        parser.add_argument(
            "--for",
            dest="period",
            type=duration,
            metavar="30m",
            help="A number with d, h, m or s; without it the override lasts until it is released.",
        )
        add_record_option(parser)

    def run(self, options: argparse.Namespace) -> Exit:
        action = Action(options.action)
        if options.period is not None and not action.lasts:
            raise Error(f"--for sets how long an override lasts; {action} has no duration.")
        if options.record and action is not Action.PROBE:
            raise Error(f"--record is about what a probe finds; {action} asks no vendor.")
        if len(options.reason) > MAX_REASON:
            raise Error(f"--reason may have at most {MAX_REASON} characters.")
        until = datetime.now(UTC) + options.period if options.period is not None else None
        status = apply_action(
            options.name,
            action,
            reason=options.reason,
            until=until,
            by=operator(user=options.user_name),
            failures_count=options.record,
        )
        self.show(options, value=status, text=sentence(status))
        return Exit.OK


def sentence(status: ProviderStatus) -> str:
    """One line: the provider's status after the action."""
    until = f"; until {moment(status.override.until)}" if status.override and status.override.until else ""
    return f"{status.name}: {status.state}, {PHRASES[status.standing]} ({status.detail or UNKNOWN}){until}"
