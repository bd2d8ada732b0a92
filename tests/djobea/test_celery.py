"""`celery -A djobea worker -B` does what `llm_worker` does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

import djobea
from llm.models import CircuitEvent
from llm.simulator import Simulator
from llm.worker import PERIODIC_JOBS
from tests.commands.beside import environment, running
from tests.commands.running import PROJECT
from tests.services.probes.test_run import break_claude, state, travel
from tests.waiting import eventually

REDIS = "redis://127.0.0.1:6379/9"


@pytest.fixture
def queue() -> Iterator[str]:
    """A queue of this test's own on the local Redis."""
    name = f"djobea-test-{os.getpid()}"
    with redis.Redis.from_url(REDIS, socket_connect_timeout=10) as client:
        try:
            client.ping()
        except redis.ConnectionError:
            reason = f"no Redis answers at {REDIS}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield name
        if keys := list(client.scan_iter(f"*{name}*")):
            client.delete(*keys)


@pytest.mark.django_db(transaction=True)
def test_a_worker_with_its_scheduler_brings_a_provider_back(
    sim: Simulator, providers: list[str], queue: str, tmp_path: Path
) -> None:
    break_claude(sim)
    sim.heal("claude")
    travel("claude")
    log = tmp_path / "celery.log"
    variables = {**environment(tmp_path), "CELERY_BROKER_URL": REDIS, "CELERY_QUEUE": queue}
    notes = str(tmp_path / "beat")
    command = ["-m", "celery", "-A", "djobea", "worker", "-B", "--schedule", notes, "--concurrency", "1"]
    with running(command, variables, log):
        assert eventually(lambda: state("claude") == "closed", within_s=60), log.read_text()
    assert (sim.calls("claude"), sim.counts("claude").models) == (2, 1)
    assert {event.by for event in CircuitEvent.objects.filter(before="open")} == {"worker"}


def test_the_schedule_holds_every_job_of_the_worker() -> None:
    from llm.tasks import beat_schedule

    schedule = beat_schedule()
    assert [entry["args"] for entry in schedule.values()] == [(chore.name,) for chore in PERIODIC_JOBS]
    assert {name: entry["schedule"] for name, entry in schedule.items()} == {
        "llm-probes": 1,
        "llm-alerts": 5.0,
        "llm-standby": 5,
        "llm-balances": 60,
        "llm-model-lists": 600,
        "llm-wallets": 30,
        "llm-wallet-hours": 60,
        "llm-journal": 30,
        "llm-partitions": 3600,
        "llm-roll-up": 60,
        "llm-reconciliation": 3600,
        "llm-idempotency": 600,
        "llm-ledger": 3600,
        "llm-retention": 3600.0,
    }


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_a_failed_task(monkeypatch: pytest.MonkeyPatch) -> None:
    from llm import tasks

    def burn() -> int:
        raise OSError("the broom is on fire")

    monkeypatch.setattr(tasks, "PERIODIC_JOBS", (tasks.PeriodicJob(name="sweep", every_s=0, run=burn),))
    with pytest.raises(tasks.JobFailed, match="sweep"):
        tasks.run_periodic_job("sweep")
    with pytest.raises(tasks.JobFailed, match="another version"):
        tasks.run_periodic_job("dust")


def test_without_a_broker_it_says_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "djobea", "worker"],
        cwd=PROJECT,
        env={**os.environ, "CELERY_BROKER_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "CELERY_BROKER_URL" in done.stderr + done.stdout


def test_the_project_imports_celery_only_for_its_application() -> None:
    code = "import sys, djobea.settings; print('celery' in sys.modules, hasattr(sys.modules['djobea'], 'x'))"
    done = subprocess.run(  # noqa: S603  a line of our own
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "False"]
    with pytest.raises(AttributeError):
        _ = djobea.application
