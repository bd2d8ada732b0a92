"""A gateway's calls in a process of their own, on an empty database: the gateway's settings are read once a process."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from typing import Any

import django

from bench.processes import ROOT
from llm.simulator import Simulator


def figures_of(module: str) -> dict[str, Any]:
    """What `python -m module` prints as JSON. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/drill.sqlite3",
            "REDIS_URL": "",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "LLM_SECRET_KEYS": secrets.token_urlsafe(32),
            "LLM_JOURNAL_DIR": f"{folder}/journal",
            "LLM_SIMULATOR": "off",
            "LLM_AUTO_SYNC": "false",
            "LLM_ALLOW_PRIVATE_HOSTS": "127.0.0.0/8",
            "LOG_LEVEL": "CRITICAL",
        }
        command = [sys.executable, "-m", module]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)  # noqa: S603  our own command
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def print_figures(set_up: Callable[[Simulator], None], play: Callable[[Simulator], Awaitable[dict[str, Any]]]) -> None:
    """What such a process does: makes the tables and its providers, plays, and prints the figures as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with Simulator() as vendors:
        set_up(vendors)
        json.dump(asyncio.run(_played(play, vendors)), sys.stdout)


async def _played(play: Callable[[Simulator], Awaitable[dict[str, Any]]], vendors: Simulator) -> dict[str, Any]:
    from asgiref.sync import sync_to_async

    from llm.services import runtime

    await runtime.prepare()
    try:
        return await play(vendors)
    finally:
        await sync_to_async(runtime.call_log.stop)()
        await runtime.runtime().close()
