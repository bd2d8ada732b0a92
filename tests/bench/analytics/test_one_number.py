"""Headers, rows, sums, API, commands and exports tell one number, also when processes are killed in between."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.service
def test_all_places_tell_one_number_after_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.analytics", "--calls", "60", "--one-number", "1", "--json"]
    ran = subprocess.run(  # noqa: S603  our own command
        [*command, "--database-url", f"sqlite:///{tmp_path}/one.sqlite3"],
        cwd=ROOT,
        env={**os.environ, "LLM_JOURNAL_DIR": str(tmp_path / "journal")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    sums = json.loads(ran.stdout.splitlines()[-1])
    assert sums["calls"] >= 60
    assert float(sums["headers"]) > 0
    assert sums["one"] is True
