"""A product to throw away: its own process, database and vendors, for drills and the demo."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from llm.conf import KEY_VARIABLES, llm_settings
from llm.kinds import KINDS
from llm.services.probes.run import probe_sync
from llm.services.providers import sync_providers
from llm.simulator import Simulator


def manage_py() -> Path:
    return Path(settings.BASE_DIR) / "manage.py"


def run_apart(words: Sequence[str], *, redis_url: str = "") -> int:
    """Runs `manage.py` with `words` in a process whose environment knows only throw-away things; its exit code."""
    with tempfile.TemporaryDirectory(prefix="djobea-apart-") as folder:
        told = {**os.environ, **_environment(Path(folder)), "REDIS_URL": redis_url}
        done = subprocess.run([sys.executable, str(manage_py()), *words], env=told, check=False)  # noqa: S603  ourselves
    return done.returncode


def _environment(folder: Path) -> dict[str, str]:
    """No key, no address and no database of this machine's."""
    blank = [name for names in KEY_VARIABLES.values() for name in names]
    blank += [f"{kind.env}_{what}" for kind in KINDS.values() for what in ("BASE_URL", "MODEL")]
    blank += ["LLM_PRIORITY", "LLM_DEADLINE_S", "LLM_SECRET_KEYS", "GEMINI_SDK"]
    blank += ["LLM_ALERT_EMAILS", "LLM_ALERT_WEBHOOK_URL"]
    return {
        **dict.fromkeys(blank, ""),
        "DATABASE_URL": f"sqlite:///{folder / 'apart.sqlite3'}",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LLM_SIMULATOR": "on",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "LOG_LEVEL": "CRITICAL",  # the vendors' failures are what is played, not news
    }


@contextmanager
def vendors() -> Iterator[Simulator]:
    """Inside such a process: the running simulator, with the database made and the providers pointing at it."""
    with Simulator() as simulator:
        settings.LLM = {**settings.LLM, "SIMULATOR_PORT": simulator.port}
        llm_settings.cache_clear()
        call_command("migrate", interactive=False, verbosity=0)
        sync_providers()
        for name in llm_settings().priority:
            probe_sync(name, by="drill")  # loads the vendors' SDKs, so that the times seen are those of calls
        yield simulator
