"""`manage.py serve`, as `make run` calls it: it answers, ends cleanly, and leaves no orphan."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from djobea.management import supervisor
from djobea.management.commands.serve import welcome
from djobea.management.ports import free_port, port_problem
from djobea.management.supervisor import ProcessRole, Supervisor
from llm.simulator.remote import control
from tests import ports
from tests.commands.running import Manage, finished
from tests.waiting import eventually

Process = subprocess.Popen[str]


def read_until(process: Process, words: str) -> str:
    """What it prints up to and with the line that holds `words`."""
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"{words!r} was not printed, but: {text} {process.stderr.read()}")


def serving(manage: Manage, *options: str, **variables: str) -> tuple[Process, int, int, str]:
    """A running product: its process, its port, its simulator's, and what it printed."""
    port, simulator_port = ports.free_port(), ports.free_port()
    process = manage("serve", "--port", str(port), *options, LLM_SIMULATOR_PORT=str(simulator_port), **variables)
    return process, port, simulator_port, read_until(process, "Ctrl-C ends it")


def under_way(simulator_port: int) -> int:
    """Calls that the simulated vendors are answering."""
    accounts = control(simulator_port, "GET", "")["accounts"]
    return sum(account["calls"]["open"] for account in accounts.values())


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def gone(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids)


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read()


def has_event_loop(pid: int) -> bool:
    return any("eventpoll" in os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())


proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in Linux's /proc")


@proc
@pytest.mark.usefixtures("without_tables")
def test_the_first_start_makes_an_admin_simulates_the_vendors_and_ends_on_sigterm(manage: Manage) -> None:
    process, port, simulator_port, printed = serving(manage)
    children = children_of(process.pid)
    assert len(children) == 3
    assert "Made the user admin with the password" in printed
    assert len([line for line in printed.splitlines() if "simulated" in line]) == 1
    assert get(port, "/livez")
    assert b"claude" in get(simulator_port, "/_sim")
    process.send_signal(signal.SIGTERM)
    ran = finished(process)
    assert ran.code == 0
    assert "Traceback" not in ran.err
    assert eventually(gone(children))


@proc
def test_a_kill_leaves_no_orphan_and_the_next_start_is_as_good(manage: Manage) -> None:
    process, port, simulator_port, _ = serving(manage, "--workers", "2")
    children = children_of(process.pid)
    grandchildren = [grandchild for child in children for grandchild in children_of(child)]
    (template,) = [child for child in children if children_of(child)]
    assert not has_event_loop(template), "the workers would share its descriptors"
    assert all(map(has_event_loop, grandchildren))
    process.kill()
    assert eventually(gone([*children, *grandchildren]))
    assert port_problem("127.0.0.1", port) == port_problem("127.0.0.1", simulator_port) == ""
    _, port, _, printed = serving(manage)
    assert "with the password" not in printed
    assert get(port, "/livez")


def post(port: int, path: str, body: dict[str, object], key: str = "") -> tuple[int, str]:
    """Status and text of an answer; streams are read to their proper end."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    url = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  the same
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@proc
@pytest.mark.timeout(180)
def test_at_sigterm_each_open_request_is_told_and_recorded(manage: Manage, tmp_path: Path) -> None:
    process, port, simulator_port, _ = serving(manage, "--workers", "2", "--no-worker", LLM_DRAIN_S="1")
    ready = json.loads(get(port, "/readyz"))
    assert set(ready["checks"].values()) == {"ok"}, "the first answer finds everything loaded"
    key = finished(manage("llm_keys", "create", "--user", "admin")).out.split()[0]
    for vendor in ("claude", "gemini", "openai"):
        script = {"text": "One two three four five six", "chunks": 6, "chunk_delay": 20, "latency": 0}
        post(simulator_port, f"/_sim/{vendor}/reply", script)
    say = {"messages": [{"role": "user", "content": "Bonjour !"}]}
    assert eventually(lambda: post(port, "/v1/messages", {}, key)[0] == 400)
    asked = [
        ("/v1/chat/completions", {"model": "default", "stream": True, **say}),
        ("/v1/messages", {"model": "default", "max_tokens": 500, "stream": True, **say}),
        ("/v1/chat/completions", {"model": "default", **say}),
    ] * 2
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = [pool.submit(post, port, path, body, key) for path, body in asked]
        assert eventually(lambda: under_way(simulator_port) == len(asked))
        process.send_signal(signal.SIGTERM)
        got = [answer.result(60) for answer in answers]
    ran = finished(process)
    assert ran.code == 0
    assert "Traceback" not in ran.err
    for (openai, streamed), (anthropic, events), (plain, refusal) in (got[:3], got[3:]):
        assert (openai, anthropic, plain) == (200, 200, 503)
        assert '"shutting_down"' in streamed
        assert "event: error" in events
        assert '"shutting_down"' in refusal
    with sqlite3.connect(tmp_path / "alone.sqlite3") as stored:
        assert stored.execute("SELECT status, count(*) FROM llm_call GROUP BY 1").fetchall() == [("interrupted", 6)]
    stored.close()


@proc
def test_with_a_vendor_key_there_is_no_simulator_and_an_ended_server_is_restarted(manage: Manage) -> None:
    process, port, _, printed = serving(manage, "--no-worker", OPENAI_API_KEY="sk-test")
    assert "simulated" not in printed
    (server,) = children_of(process.pid)
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: children_of(process.pid) not in ([], [server]))
    assert eventually(lambda: port_problem("127.0.0.1", port) != "")
    process.send_signal(signal.SIGINT)
    ran = finished(process)
    assert ran.code == 0
    assert "The server ended (SIGKILL); starting it again in 1 s." in ran.err


def test_a_server_that_cannot_start_is_tried_for_ever_and_each_wait_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_RESTART_DELAY_S", 0.001)
    monkeypatch.setattr(supervisor, "MAX_RESTART_DELAY_S", 0.004)
    monkeypatch.setattr(supervisor, "POLL_S", 0.01)
    monkeypatch.setattr(supervisor.sys, "executable", "/bin/false")
    said: list[str] = []
    hopeless = ProcessRole(name="server", arguments=("manage", "no_such_command"))

    def stop_after_seven() -> None:
        if len(said) == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor([hopeless], said.append).run(stop_after_seven)
    assert said[0] == "The server ended (exit code 1); starting it again in 0 s."
    assert said[6] == "The server ended (exit code 1), 7 times in a row; starting it again in 0 s."


def test_a_taken_port_is_a_one_line_error(manage: Manage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = finished(manage("serve", "--port", str(port)))
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"Error: 127.0.0.1:{port} cannot be used: ")
    assert len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("no.such.host.invalid", 8000, "no address of this machine"), ("127.0.0.1", 70000, "not between 1 and 65535")],
)
def test_an_impossible_address_is_a_sentence(host: str, port: int, words: str) -> None:
    assert words in port_problem(host, port)


def test_a_taken_simulator_port_gives_way_to_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_a_wildcard_address_is_shown_as_one_to_open() -> None:
    assert "http://127.0.0.1:8000/admin/" in welcome("0.0.0.0", 8000)  # noqa: S104  only shown
    assert "http://[::1]:8000" in welcome("::1", 8000)


def test_every_start_says_how_to_get_a_new_password() -> None:
    assert "manage.py changepassword admin" in welcome("127.0.0.1", 8000)
