"""kill -9 at every step between reservation and booking: nothing stays pinned, nothing is lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
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
        "SECRET_KEY": "a" * 60,
        "PYTHONPATH": str(ROOT),
    }


def _manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own


def test_a_kill_at_any_step_pins_nothing_for_more_than_a_minute_and_loses_nothing(
    tmp_path: Path, sim: Simulator
) -> None:
    environment = _environment(tmp_path, sim)
    _manage(environment, "migrate", "--verbosity", "0")
    _manage(environment, "llm_budgets", "create", "all", "--usd", "5", "--span", "total")
    _manage(
        environment,
        "llm_budgets",
        "create",
        "claudes",
        "--tokens",
        "100000",
        "--scope",
        "provider",
        "--target",
        "claude",
    )
    for step in STEPS:
        command = [sys.executable, "-m", "tests.stores.budgets.dying", step]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as victim:  # noqa: S603  our own
            assert victim.stdout is not None
            lines = iter(victim.stdout.readline, b"")
            assert any(line == b"here\n" for line in lines), step
            victim.send_signal(signal.SIGKILL)
    _manage(environment, "shell", "--no-imports", "-c", "from llm.stores.calls.log import recover; recover()")
    _manage(environment, "shell", "--no-imports", "-c", "from llm.stores.calls.log import recover; recover()")
    budgets = {
        one["name"]: one["state"][0]
        for one in json.loads(_manage(environment, "llm_budgets", "list", "--json"))["budgets"]
    }
    with sqlite3.connect(tmp_path / "kills.sqlite3") as database:
        cost, tokens, attempts = database.execute(
            "SELECT SUM(cost_usd), SUM(input_tokens + output_tokens), COUNT(*) FROM llm_attempt"
        ).fetchone()
        [ends] = database.execute("SELECT MAX(expires_at) FROM llm_ledgerlease").fetchone()
    assert attempts == len(STEPS) - 1  # all but the one that was killed before a vendor was asked
    assert float(budgets["all"]["spent"]) == round(cost, 9) > 0
    assert int(budgets["claudes"]["spent"]) == tokens > 0
    assert ends - time.time() <= LEASE_S
