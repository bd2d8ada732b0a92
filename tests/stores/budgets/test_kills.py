"""kill -9 at every step between reservation and booking: nothing stays pinned, nothing is lost."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

from llm.core.budgets.lease import LEASE_S
from llm.simulator import Simulator
from tests.stores.budgets.dying import STEPS

ROOT = Path(__file__).resolve().parents[3]


def _environment(folder: Path, sim: Simulator) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder}/kills.sqlite3",
        "REDIS_URL": "",
        "LLM_JOURNAL_DIR": str(folder / "journal"),
        "LLM_SIMULATOR": "off",
        "ANTHROPIC_API_KEY": "simulated-key",
        "ANTHROPIC_BASE_URL": sim.url("claude"),
        "DJANGO_SETTINGS_MODULE": "djobea.settings",
        "SECRET_KEY": secrets.token_urlsafe(64),
    }


def test_a_kill_at_any_step_pins_nothing_for_more_than_a_minute_and_loses_nothing(
    tmp_path: Path, sim: Simulator
) -> None:
    command = [sys.executable, "-m", "tests.stores.budgets.dying"]
    killed = []
    with subprocess.Popen(  # noqa: S603  our own
        command, cwd=ROOT, env=_environment(tmp_path, sim), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"{"):
                ledger = json.loads(line)
            elif line.split()[1:] and line.split()[1].decode() in STEPS:
                killed.append(line.split()[1].decode())
                os.kill(int(line.split()[0]), signal.SIGKILL)
    assert tuple(killed) == STEPS
    assert ledger["attempts"] == len(STEPS) - 1  # all but that of the one killed before a vendor was asked
    assert ledger["spent"] == {"all": ledger["nano_usd"], "claudes": ledger["tokens"]}
    assert ledger["tokens"] > 0
    assert ledger["pinned_s"] <= LEASE_S
