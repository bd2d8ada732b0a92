"""`manage.py migrate`: Django's command, by one process at a time."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import InterfaceError, OperationalError

from djobea.management.set_up_lock import SetUpBusy, set_up_lock
from llm.management.base import database_error_text


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        """Waits for another process that sets up the same database. It may leave nothing to do.

        Raises CommandError, also for a database that does not answer.
        """
        try:
            with set_up_lock(self.stderr.write, alias=options["database"]):
                super().handle(*args, **options)
        except SetUpBusy as error:
            raise CommandError(str(error)) from error
        except (OperationalError, InterfaceError) as error:
            raise CommandError(database_error_text(error)) from error
