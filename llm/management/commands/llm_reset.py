"""`manage.py llm_reset`: closes circuits."""

import argparse

from django.core.management.base import CommandParser

from llm.management.base import Exit, LLMCommand
from llm.management.operator import operator
from llm.services.access.rights import OPERATE
from llm.services.probes.run import reset


class Command(LLMCommand):
    help = (
        "Closes the circuits of the named providers, or of all of them, so that they get calls again at once. "
        "The reset is recorded as a circuit event with your name."
    )
    need = OPERATE
    examples = (
        "  manage.py llm_reset claude      (after refilling its credit)\n"
        "  manage.py llm_reset             (all providers)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="Providers; none means all.")

    def run(self, options: argparse.Namespace) -> Exit:
        names = reset(options.names or None, by=operator(user=options.user_name))
        self.show(options, value={"reset": names}, text=f"Reset: {', '.join(names) or 'no provider is configured'}.")
        return Exit.OK
