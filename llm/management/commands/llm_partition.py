"""`manage.py llm_partition`: converts the call log of an older release to weekly partitions, online."""

import argparse
from dataclasses import asdict

from django.core.management.base import CommandParser

from llm.management.base import Exit, LLMCommand
from llm.models import Call
from llm.services import partitions
from llm.services.access.rights import Need, Right
from llm.services.partitions import Action, Step

WORDS = {
    Action.REWRITE_IDS: "{table}: attempts get ids that bear their call's time ({changed})",
    Action.CHECK_BORDER: "{table}: all rows checked against the border of the first new week",
    Action.SWAP: "{table}: partitioned; the old table is its first partition",
    Action.MAKE_AHEAD: "partitions made for the next weeks: {changed}",
}


class Command(LLMCommand):
    help = (
        "Converts the tables of calls and attempts to weekly partitions on PostgreSQL, while the gateway works. "
        "Each lock is waited for 1.5 s at most and held for less than a second. A killed run is repeated."
    )
    need = Need(Right.DELETE, Call)
    examples = "  manage.py llm_partition --dry-run\n  manage.py llm_partition --json"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done; change nothing.")

    def run(self, options: argparse.Namespace) -> Exit:
        if not partitions.tables_now():
            self.show(options, value={"steps": [], "tables": []}, text="SQLite has one table: nothing to convert.")
            return Exit.OK
        if options.dry_run:
            steps = partitions.planned()
            lines = [f"would do: {_words(step)}" for step in steps] or [
                "Both tables are partitioned: nothing to convert."
            ]
        else:
            steps = [self._done(options, step) for step in partitions.run(self._progress)]
            lines = ["Done."]
        tables = partitions.tables_now()
        value = {"steps": [asdict(step) for step in steps], "tables": [asdict(table) for table in tables]}
        lines += [f"{table.name}: about {table.rows} rows, {table.size_bytes / 1e6:.0f} MB" for table in tables]
        self.show(options, value=value, text="\n".join(lines))
        return Exit.OK

    def _done(self, options: argparse.Namespace, step: Step) -> Step:
        if not options.json:
            self.stdout.write(_words(step))
        return step

    def _progress(self, rewritten: int) -> None:
        if rewritten and rewritten % 100_000 < 5000:
            self.stderr.write(f"ids rewritten: {rewritten}")


def _words(step: Step) -> str:
    return WORDS[step.action].format(table=step.table, changed=step.changed)
