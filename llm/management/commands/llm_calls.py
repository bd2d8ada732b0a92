"""`manage.py llm_calls export`: the call log as CSV, JSON lines or Parquet."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.core.management.base import CommandParser
from django.utils import timezone

from llm.core.calls import CallStatus
from llm.management.base import Error, Exit, LLMCommand
from llm.management.durations import duration
from llm.models import Call
from llm.services.access.rights import Need, Right
from llm.services.exports.calls import batches
from llm.services.exports.formats import Format, pieces

FILTERS = ("request_id", "status", "provider")


class Command(LLMCommand):
    help = "Exports the call log, oldest first, without prompts and answers."
    need = Need(Right.VIEW, Call)
    examples = (
        "  manage.py llm_calls export --last 30d --output calls.csv\n"
        "  manage.py llm_calls export --format parquet --output calls.parquet --status static"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["export"])
        parser.add_argument("--format", choices=[str(wanted) for wanted in Format], default=str(Format.CSV))
        parser.add_argument("--output", type=Path, metavar="FILE", help="Default: standard output.")
        parser.add_argument("--last", type=duration, metavar="30d", help="Only the calls of this time before now.")
        parser.add_argument("--request-id", help="Only the calls with this request id.")
        parser.add_argument("--status", choices=[str(status) for status in CallStatus], help="Only these calls.")
        parser.add_argument("--provider", help="Only the calls that it answered.")

    def run(self, options: argparse.Namespace) -> Exit:
        filters = {name: getattr(options, name) for name in FILTERS if getattr(options, name) is not None}
        start = timezone.now() - options.last if options.last is not None else None
        file = pieces(Format(options.format), batches(filters, start))
        if options.output is None:
            if options.json:
                raise Error("--json needs --output: standard output has the file.")
            for piece in file:
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            return Exit.OK
        try:
            with options.output.open("wb") as output:
                written = _write(output, file)
        except OSError as error:
            raise Error(f"{options.output}: {error.strerror}.") from None
        value = {"file": str(options.output), "bytes": written}
        self.show(options, value=value, text=f"Wrote {written} bytes to {options.output}.")
        return Exit.OK


def _write(output: IO[bytes], file: Iterator[bytes]) -> int:
    return sum(output.write(piece) for piece in file)
