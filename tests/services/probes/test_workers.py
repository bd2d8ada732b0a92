"""The worker closes the circuits of recovered providers: without traffic or operator, by one probe at a time."""

import re
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from llm.models import Circuit, CircuitEvent
from llm.simulator import Simulator
from llm.worker import JobSchedule
from tests.commands.beside import environment, running
from tests.services.probes.test_run import ask, break_claude, state, travel
from tests.services.probes.test_schedule import stored, wait_long
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = ["manage.py", "llm_worker", "--interval", "0.2"]


def test_one_round_closes_its_circuit(sim: Simulator, providers: list[str]) -> None:
    break_claude(sim)
    sim.heal("claude")
    travel("claude")
    JobSchedule().run_due()
    assert state("claude") == "closed"


def test_without_any_traffic_a_worker_brings_it_back(sim: Simulator, providers: list[str], tmp_path: Path) -> None:
    break_claude(sim)
    travel("claude")
    sim.heal("claude")
    log = tmp_path / "worker.log"
    with running(WORKER, environment(tmp_path), log):
        assert eventually(lambda: state("claude") == "closed", within_s=60), log.read_text()
    assert sim.calls("claude") == 2
    assert sim.counts("claude").models in (1, 2)  # a second round may begin between the two completions
    assert {event.by for event in CircuitEvent.objects.filter(before="open")} == {"worker"}


def test_a_worker_brings_it_back_before_its_wait_is_over(sim: Simulator, providers: list[str], tmp_path: Path) -> None:
    break_claude(sim)
    log = tmp_path / "worker.log"
    with running(WORKER, environment(tmp_path), log):
        assert eventually(lambda: stored("claude").list_probe_failed, within_s=60), log.read_text()
        sim.heal("claude")
        wait_long("claude")
        assert eventually(lambda: state("claude") == "closed", within_s=60), log.read_text()
    assert (sim.calls("claude"), sim.counts("claude").models) == (2, 2)
    assert {event.by for event in CircuitEvent.objects.filter(before="open")} == {"worker"}


def test_a_probe_that_fails_is_not_made_again_before_its_time(
    sim: Simulator, providers: list[str], tmp_path: Path
) -> None:
    break_claude(sim)
    travel("claude")
    log = tmp_path / "worker.log"
    with running(WORKER, environment(tmp_path), log):
        assert eventually(lambda: retry_at("claude") > timezone.now(), within_s=60), log.read_text()
        time.sleep(1)  # five rounds
    assert (sim.calls("claude"), sim.counts("claude").models) == (0, 1)


def retry_at(name: str) -> datetime:
    moment = Circuit.objects.get(provider=name).retry_at
    assert moment is not None
    return moment


def test_of_two_workers_on_one_database_one_probes(sim: Simulator, providers: list[str], tmp_path: Path) -> None:
    """Both workers run before the probe is due, and the probe takes longer than many of their rounds."""
    sim.fault("claude", "wrong_key")
    assert ask().provider == "gemini"
    sim.fault("claude", "slow", delay=3, applies_to="models")
    sim.forget("claude")
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    with running(WORKER, environment(tmp_path / "1"), first), running(WORKER, environment(tmp_path / "2"), second):
        for log in (first, second):
            assert eventually(lambda log=log: "worker_started" in log.read_text(), within_s=60), log.read_text()
        travel("claude")
        assert eventually(lambda: state("claude") == "closed", within_s=60), first.read_text()
    assert (sim.calls("claude"), sim.counts("claude").models) == (2, 1)
    probed = [re.search(r"chore_done .*job=probes", log.read_text()) is not None for log in (first, second)]
    assert sorted(probed) == [False, True]
