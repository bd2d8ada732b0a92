"""`manage.py llm_prune`: deletes old call records."""

import argparse

from django.core.management.base import CommandParser

from llm.management.base import Exit, LLMCommand
from llm.management.durations import duration
from llm.models import Call
from llm.services import retention
from llm.services.access.rights import Need, Right


class Command(LLMCommand):
    help = "Deletes the records of calls older than --older-than, hour by hour. The sums of usage stay."
    need = Need(Right.DELETE, Call)
    examples = "  manage.py llm_prune --older-than 30d\n  manage.py llm_prune --older-than 12h --json"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", required=True, type=duration, metavar="30d", help="A number with d, h, m or s."
        )

    def run(self, options: argparse.Namespace) -> Exit:
        deleted = retention.prune(options.older_than)
        self.show(options, value={"deleted": deleted}, text=f"Deleted {deleted} call{'' if deleted == 1 else 's'}.")
        return Exit.OK
