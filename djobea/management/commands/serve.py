"""`manage.py serve`, which `make run` calls: sets the product up and keeps it running.

Optional: any ASGI server serves `djobea.asgi:application`.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.commands.migrate import Command as Migrate

from djobea.management.ports import answers, free_port, is_simulator, port_problem
from djobea.management.set_up_lock import SetUpBusy, set_up_lock
from djobea.management.supervisor import STOP_TIMEOUT_S, ProcessRole, Supervisor
from llm.checks import ENVIRONMENT
from llm.conf import llm_settings
from llm.management.base import Error, Exit, database_error_text
from llm.services.providers import sync_providers
from llm.stores.unavailable import UNAVAILABLE

ADMIN = "admin"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  shown as an address that a browser can open


class Command(BaseCommand):
    help = (
        "Sets the product up (database, providers, admin user) and serves it, with the worker and, when no vendor key "
        "is set, the vendor simulator. Runs until Ctrl-C or SIGTERM."
    )
    requires_system_checks: tuple[str, ...] = ()
    """Skipped: the server's start makes the same imports, and `make check` runs the checks."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on (default: 8000).")
        parser.add_argument("--workers", type=int, default=1, help="Server processes (default: 1).")
        parser.add_argument("--no-worker", action="store_true", help="Do not run llm_worker beside the server.")
        parser.add_argument("--no-simulator", action="store_true", help="Do not run the vendor simulator.")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port, workers = options["host"], options["port"], options["workers"]
        if workers < 1:
            raise Error("--workers must be at least 1.")
        if problem := port_problem(host, port):
            raise Error(f"{problem} Choose another, for example: make run PORT=8001", Exit.DOWN)
        self.check_variables()
        try:
            simulated = llm_settings().simulated and not options["no_simulator"]
            with set_up_lock(self.say):
                if simulated:
                    self.choose_simulator_port()
                self.set_up()
        except KeyboardInterrupt:
            return
        except SetUpBusy as error:
            raise Error(str(error), Exit.DOWN) from error
        except UNAVAILABLE as error:
            raise Error(database_error_text(error), Exit.DOWN) from error
        server = ("serve", host, str(port), str(workers))
        roles = [ProcessRole(name="server", arguments=server, stop_s=STOP_TIMEOUT_S + llm_settings().drain_s)]
        if not options["no_worker"]:
            roles.append(ProcessRole(name="worker", arguments=("manage", "llm_worker")))
        if simulated:
            simulator_port = str(llm_settings().simulator_port)
            arguments = ("manage", "llm_simulator", "--port", simulator_port, "--quiet", "--standby")
            roles.insert(0, ProcessRole(name="simulator", arguments=arguments, needed=True))
        self.supervise(roles, host, port)

    def check_variables(self) -> None:
        """Names wrong variables and those that are not read. Raises Error for what is certainly a mistake."""
        messages = run_checks(tags=[ENVIRONMENT])
        if errors := [message for message in messages if message.is_serious()]:
            raise Error("\n".join(map(sentence, errors)))
        for message in messages:
            self.say(sentence(message))

    def choose_simulator_port(self) -> None:
        """Chooses the simulator's port, for this process, its children and the providers.

        Another product's simulator is shared: the providers are the same rows. Ours stands by until that one ends.
        """
        preferred = llm_settings().simulator_port
        port = preferred if is_simulator(preferred) else free_port(preferred)
        if port != preferred:
            os.environ["LLM_SIMULATOR_PORT"] = str(port)
            settings.LLM = {**settings.LLM, "SIMULATOR_PORT": port}
            llm_settings.cache_clear()

    def set_up(self) -> None:
        """Migrates the database, syncs the providers, and creates the admin user if there is none.

        Needs the set-up lock, so Django's own command migrates: the project's takes the lock itself.
        """
        call_command(Migrate(), interactive=False, verbosity=0)
        sync_providers()
        users = get_user_model()._default_manager
        if not users.filter(is_superuser=True).exists() and not users.filter(username=ADMIN).exists():
            password = secrets.token_urlsafe(12)
            users.create_superuser(username=ADMIN, password=password)
            self.stdout.write(f"Made the user {ADMIN} with the password {password} (shown this once).")

    def supervise(self, roles: list[ProcessRole], host: str, port: int) -> None:
        """Runs the children until a signal, and prints the welcome once the product answers."""
        awaited = [(EVERYWHERE.get(host, host), port)]
        if any(role.name == "simulator" for role in roles):
            awaited.append(("127.0.0.1", llm_settings().simulator_port))
            self.stdout.write(self.simulator_line())

        def announce() -> None:
            if awaited and answers(*awaited[-1]):
                awaited.pop()
                if not awaited:
                    self.stdout.write(welcome(host, port))
                    self.stdout.flush()

        self.stdout.write("Starting...")
        self.stdout.flush()
        Supervisor(roles, self.say).run(announce)
        self.stdout.write("Stopped.")

    def say(self, text: str) -> None:
        self.stderr.write(self.style.WARNING(text))

    def simulator_line(self) -> str:
        port = llm_settings().simulator_port
        return self.style.WARNING(
            f"No vendor key is set: Claude, Gemini and OpenAI are simulated (on 127.0.0.1:{port}), no answer is real."
        )


def sentence(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()


def welcome(host: str, port: int) -> str:
    """The addresses of the product, and the two commands for a first answer."""
    shown = EVERYWHERE.get(host, host)
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    python = Path(os.path.relpath(os.environ.get("VIRTUAL_ENV", settings.BASE_DIR / ".venv"), settings.BASE_DIR))
    return f"""
Djobea LLM gateway is ready.

  Address   {address}
  Admin     {address}/admin/   (user {ADMIN})
  Password  shown once, at the first start; a new one: {python}/bin/python manage.py changepassword {ADMIN}
  API docs  {address}/api/docs   (after sign-in)

A key, and a first answer:

  {python}/bin/python manage.py llm_keys create --user {ADMIN}
  curl {address}/v1/chat/completions -H "Authorization: Bearer KEY" -H "Content-Type: application/json" \\
    -d '{{"model": "default", "messages": [{{"role": "user", "content": "Bonjour !"}}]}}'

Ctrl-C ends it.
"""
