"""A child process of `manage.py serve`: the web server or a management command.

Started as `python -m djobea.management.child PARENT_PID serve HOST PORT WORKERS` or
`... PARENT_PID manage COMMAND [OPTION ...]`. It watches its parent and ends with it: a parent that
was ended by SIGKILL cannot stop its children, and an orphan would hold the port.
"""

import os
import signal
import sys
import threading
import time

GRACE_S = 10
"""For answers under way at shutdown. Longer streams are cut."""

POLL_S = 0.5


def start_parent_watch(parent: int) -> None:
    """Starts a thread that ends this process when `parent` is gone: by SIGTERM, and after the grace at once."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S + 5)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def serve(host: str, port: int, workers: int) -> None:
    """Serves the product by uvicorn, which logs through Django's logging. Blocks until SIGTERM or SIGINT."""
    import uvicorn

    uvicorn.run(
        "djobea.asgi:application",
        host=host,
        port=port,
        workers=workers,
        http="djobea.intake.protocol:BoundedProtocol",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        # uvicorn believes X-Forwarded-For of whoever asks from this machine. The settings say whose word counts.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        # Workers that import the project on a busy machine answer late.
        timeout_worker_healthcheck=30,
    )


def main() -> None:
    parent, role, *rest = sys.argv[1:]
    start_parent_watch(int(parent))
    if role == "serve":
        host, port, workers = rest
        serve(host, int(port), int(workers))
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *rest])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    main()
