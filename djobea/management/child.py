"""A child process of `manage.py serve`: the web server or a management command, on a leash.

Started as `python -m djobea.management.child PARENT_PID serve HOST PORT WORKERS` or
`... PARENT_PID manage COMMAND [OPTION ...]`. The leash is what keeps a killed parent from leaving
orphans that hold its port: SIGKILL gives the parent no chance to say goodbye.
"""

import os
import signal
import sys
import threading
import time

GRACE_S = 10
"""For answers under way when the server is told to stop; streams that last longer are cut."""

LOOK_EVERY_S = 0.5


def hold_leash(parent: int) -> None:
    """Ends this process when `parent` is gone: at first politely, then, past the grace, at once."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S + 5)
        os._exit(1)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def serve(host: str, port: int, workers: int) -> None:
    """The product behind uvicorn, which speaks through Django's logging. Returns when it was told to stop."""
    import uvicorn

    uvicorn.run(
        "djobea.asgi:application",
        host=host,
        port=port,
        workers=workers,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        # Workers that import the project on a busy machine do not answer at once.
        timeout_worker_healthcheck=30,
    )


def main() -> None:
    parent, role, *rest = sys.argv[1:]
    hold_leash(int(parent))
    if role == "serve":
        host, port, workers = rest
        serve(host, int(port), int(workers))
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *rest])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    main()
