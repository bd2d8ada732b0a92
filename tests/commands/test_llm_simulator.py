"""`llm_simulator` and `llm_demo`, each in a process of its own."""

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path

from tests.commands.running import Manage, finished


def test_the_simulator_prints_an_environment_that_points_at_it(manage: Manage) -> None:
    simulator = manage("llm_simulator", "--port", "0")
    port = re.search(r"http://127\.0\.0\.1:(\d+)", simulator.stdout.readline())[1]
    lines = [simulator.stdout.readline().strip() for _ in range(6)]
    assert f"export ANTHROPIC_BASE_URL=http://127.0.0.1:{port}/claude" in lines
    assert f"export OPENAI_BASE_URL=http://127.0.0.1:{port}/openai/v1" in lines
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sim", timeout=5) as answer:
        assert set(json.load(answer)["accounts"]) == {"claude", "gemini", "openai"}
    simulator.send_signal(signal.SIGTERM)
    ran = finished(simulator)
    assert (ran.code, ran.err) == (0, "")


def test_a_taken_port_is_told_in_a_line(manage: Manage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = finished(manage("llm_simulator", "--port", str(taken.getsockname()[1])))
    assert ran.code == 2
    assert "Error: The simulator cannot listen on 127.0.0.1:" in ran.err
    assert "Traceback" not in ran.err


def test_the_demo_story_holds_and_leaves_nothing_behind(manage: Manage, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    ran = finished(manage("llm_demo", "--json", TMPDIR=str(folder)))
    assert (ran.code, ran.err) == (0, "")
    steps = json.loads(ran.out)["steps"]
    assert [step["provider"] for step in steps] == ["claude", "gemini", "gemini", "static", "claude"]
    assert [step["calls"]["claude"] for step in steps] == [1, 2, 2, 2, 3]
    assert steps[3]["degraded"] is True
    assert list(folder.iterdir()) == []
