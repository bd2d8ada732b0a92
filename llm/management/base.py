"""Base of the gateway's commands: `--json`, `--help` with examples, exit codes, and errors as one line."""

import argparse
import sys
from abc import abstractmethod
from enum import IntEnum
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from llm.conf import llm_settings
from llm.core.exceptions import LLMError
from llm.management.operator import operator
from llm.management.show import as_json
from llm.models import ConfigVersion
from llm.services.access.audit import acting
from llm.services.access.rights import Need, may, permission
from llm.stores.unavailable import UNAVAILABLE


class Exit(IntEnum):
    """The exit codes of all commands; `llm_healthcheck` reads DOWN as "no live provider"."""

    OK = 0
    DOWN = 1
    MISTAKE = 2
    INTERRUPTED = 130


class Error(CommandError):
    """A user's mistake, or a missing prerequisite. Django prints it as "Error: ..." on stderr, without a traceback."""

    def __init__(self, text: str, code: Exit = Exit.MISTAKE) -> None:
        super().__init__(text, returncode=code)


class HelpWithExamples(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Django's order of options; keeps the lines of the epilog."""


class LLMCommand(BaseCommand):
    """A command that parses its options, calls one service and shows the result.

    Subclasses define `run`, which returns the exit code, and `arguments`. Errors that a user can
    correct become one line: unknown names, a bad value, a database that is unreachable or has no tables.
    """

    examples: ClassVar[str] = ""
    needs_database: ClassVar[bool] = True
    need: ClassVar[Need | None] = None
    """The right that `--as USER` asks for; without one the command has no `--as`. See `needed`."""
    requires_system_checks: tuple[str, ...] = ()
    """Empty: the checks import every view of the project, which would double a command's start time."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        epilog = f"examples:\n{self.examples}" if self.examples else None
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=HelpWithExamples, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print JSON in place of text.")
        if self.need is not None:
            parser.add_argument(
                "--as",
                dest="user_name",
                metavar="USER",
                help="Act as this user, who needs the right to it. Without it nobody's rights are asked: who reaches "
                "this machine's database and secrets has them all.",
            )
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """Adds the command's own options; a subclass without any inherits this."""

    def needed(self, options: argparse.Namespace) -> Need | None:
        """The right that these options need; a subclass whose actions differ overrides it."""
        return self.need

    @abstractmethod
    def run(self, options: argparse.Namespace) -> Exit:
        """Does the command's work and shows the result; returns the exit code."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            llm_settings()
            if self.needs_database:
                # Raises without a database. Calls work without one, so nothing else would report it.
                ConfigVersion.objects.exists()
            namespace = argparse.Namespace(**options)
            namespace.acting_user = self._acting_user(namespace)
            user = namespace.acting_user
            with acting(str(user) if user else operator(type(self).__module__.rpartition(".")[2]), user and user.pk):
                code = self.run(namespace)
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        except (LLMError, ImproperlyConfigured) as error:
            raise Error(str(error)) from error
        except UNAVAILABLE as error:
            raise Error(database_error_text(error)) from error
        if code is not Exit.OK:
            sys.exit(code)

    def _acting_user(self, options: argparse.Namespace) -> Any:
        """The user of `--as`, None without it. Raises Error when the user lacks the right."""
        name, need = getattr(options, "user_name", None), self.needed(options)
        if name is None or need is None:
            return None
        user = get_user_model()._default_manager.filter(**{get_user_model().USERNAME_FIELD: name}).first()
        if user is None:
            raise Error(f"There is no user named {name!r}.")
        if not may(user, *need):
            raise Error(f"{name} has no right to this: {permission(*need)}.")
        return user

    def show(self, options: argparse.Namespace, *, value: object, text: str) -> None:
        """Prints `value` as JSON with --json, else `text`."""
        self.stdout.write(as_json(value) if options.json else text)


def database_error_text(error: Exception) -> str:
    """A database error as one line, with the command that corrects it where there is one."""
    first_line = str(error).strip().partition("\n")[0]
    if "no such " in first_line or "does not exist" in first_line:
        return f"The database is not set up ({first_line}). Run: python manage.py migrate"
    if "already exists" in first_line:
        return f"The database has tables that this product did not make ({first_line}). Use an empty one."
    return f"The database does not answer: {first_line}"
