"""What the gateway's commands share: `--json`, `--help` with examples, exit codes, and one clear line for a mistake."""

import argparse
import sys
from abc import abstractmethod
from enum import IntEnum
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from llm.conf import llm_settings
from llm.core.exceptions import LLMError
from llm.management.show import as_json
from llm.models import ConfigVersion
from llm.stores.unavailable import UNAVAILABLE


class Exit(IntEnum):
    """The exit codes of all commands; `llm_healthcheck` reads DOWN as "no live provider"."""

    OK = 0
    DOWN = 1
    MISTAKE = 2
    INTERRUPTED = 130


class Error(CommandError):
    """A user's mistake, or something missing. Django prints it as "Error: ..." on stderr, without a traceback."""

    def __init__(self, text: str, code: Exit = Exit.MISTAKE) -> None:
        super().__init__(text, returncode=code)


class HelpWithExamples(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Django's order of options, and an epilog whose lines stay as they are written."""


class LLMCommand(BaseCommand):
    """A command that parses, calls one service and shows.

    Subclasses write `run`, which returns the exit code, and `arguments`. Errors that a user can
    mend become one line: unknown names, a bad value, a database that is away or has no tables.
    """

    examples: ClassVar[str] = ""
    needs_database: ClassVar[bool] = True
    requires_system_checks: tuple[str, ...] = ()
    """None: they import every view of the project, which would double a command's start."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        epilog = f"examples:\n{self.examples}" if self.examples else None
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=HelpWithExamples, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON in place of text.")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """The command's own options; most have none."""

    @abstractmethod
    def run(self, options: argparse.Namespace) -> Exit:
        """Do it, show it, say how it went."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            llm_settings()
            if self.needs_database:
                # Asked here, because calls go on without a database, and would not mention it.
                ConfigVersion.objects.exists()
            code = self.run(argparse.Namespace(**options))
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        except (LLMError, ImproperlyConfigured) as error:
            raise Error(str(error)) from error
        except UNAVAILABLE as error:
            raise Error(database_trouble(error)) from error
        if code is not Exit.OK:
            sys.exit(code)

    def show(self, options: argparse.Namespace, *, value: object, text: str) -> None:
        """Print `value` as JSON when that was asked for, else `text`."""
        self.stdout.write(as_json(value) if options.json else text)


def database_trouble(error: Exception) -> str:
    """What a database error means to the person at the terminal."""
    first_line = str(error).strip().partition("\n")[0]
    if "no such " in first_line or "does not exist" in first_line:
        return f"The database is not set up ({first_line}). Run: python manage.py migrate"
    return f"The database does not answer: {first_line}"
