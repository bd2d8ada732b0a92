"""A child process of `manage.py serve`: the web server or a management command.

Started as `python -m djobea.management.child PARENT_PID serve HOST PORT WORKERS` or
`... PARENT_PID manage COMMAND [OPTION ...]`. It ends when its parent is gone: a parent that was ended by SIGKILL
cannot stop its children, and an orphan would hold the port.
"""

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn import Config

GRACE_S = 10.0
"""For a command that was asked to end, in seconds."""

POLL_S = 0.5


def start_parent_watch(parent: int, grace_s: float) -> None:
    """Starts a thread that ends this process when `parent` is gone: by SIGTERM, and after `grace_s` at once."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def server_config(host: str, port: int, drain_s: float) -> "Config":
    """uvicorn's settings of one worker, which logs through Django's logging. `drain_s`: LLM_DRAIN_S."""
    from uvicorn import Config

    return Config(
        "djobea.asgi:application",
        host=host,
        port=port,
        http="djobea.intake.protocol:BoundedProtocol",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        # uvicorn believes X-Forwarded-For of every caller on this machine. BEHIND_TLS_PROXY says whose header counts.
        proxy_headers=False,
        server_header=False,
        # Callers are told when the drain time is over (`DrainingServer`); this cuts those who do not read it.
        timeout_graceful_shutdown=int(drain_s) + CUT_AFTER_S,
    )


CUT_AFTER_S = 6
"""After the drain time, for callers who do not read what they are told."""


def main() -> None:
    parent, role, *rest = sys.argv[1:]
    if role == "serve":
        from djobea.management.workers import serve

        host, port, workers = rest
        serve(host, int(port), int(workers), parent=int(parent))
    else:
        start_parent_watch(int(parent), GRACE_S + 5)
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *rest])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    main()
