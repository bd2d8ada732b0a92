"""`llm_worker`, its periodic jobs, and `llm_prune`."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from llm.management.commands import llm_worker
from llm.models import Call, Circuit, UsageSum
from llm.services import retention
from llm.simulator import Simulator
from llm.worker import PERIODIC_JOBS, JobResult, JobSchedule, PeriodicJob, probe_recovering
from tests.commands.running import Run


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.django_db(transaction=True)
def test_a_job_is_due_at_once_and_then_after_its_time() -> None:
    runs: list[str] = []
    clock = Clock()
    schedule = JobSchedule(
        [PeriodicJob(name="sweep", every_s=30, run=lambda: len(runs.append("sweep") or runs))], clock
    )
    for clock.now in (0, 5, 29, 30, 31):
        schedule.run_due()
    assert len(runs) == 2


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_is_logged_and_the_others_run() -> None:
    def burn() -> int:
        raise OSError("disk full")

    schedule = JobSchedule(
        [PeriodicJob(name="burn", every_s=0, run=burn), PeriodicJob(name="sweep", every_s=0, run=lambda: 3)]
    )
    assert schedule.run_due() == (JobResult(job="burn", failed=True), JobResult(job="sweep", items=3))


@pytest.mark.django_db(transaction=True)
def test_once_runs_every_job(run: Run, providers: list[str]) -> None:
    ran = run("llm_worker", "--once", "--json")
    assert ran.code == 0
    results = json.loads(ran.out)["chores"]
    assert [result["chore"] for result in results] == [job.name for job in PERIODIC_JOBS]
    assert all(set(result) == {"chore", "found", "failed"} for result in results)


@pytest.mark.django_db(transaction=True)
def test_the_worker_probes_no_provider_while_all_are_well(providers: list[str], sim: Simulator) -> None:
    assert probe_recovering() == 0
    assert sum(sim.counts(name).models for name in providers) == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_probes_a_provider_whose_wait_is_over(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "wrong_key")
    run("llm_ask", "Bonjour", "--record")
    assert Circuit.objects.get(provider="claude").state == "open"
    end_the_wait("claude")
    sim.heal()
    assert probe_recovering() == 1
    assert Circuit.objects.get(provider="claude").state != "open"


def end_the_wait(name: str) -> None:
    """Moves the end of the wait into the past."""
    from dataclasses import replace

    from llm.stores.circuits.store import circuit_store

    past = timezone.now() - timedelta(seconds=1)
    circuit_store.change_now(name, lambda circuit: replace(circuit, until=past), by="test")


def call(age: timedelta) -> Call:
    return Call.objects.create(
        request_id="r", started_at=timezone.now() - age, route="default", origin="api", status="ok", provider="claude"
    )


@pytest.mark.django_db(transaction=True)
def test_prune_deletes_old_calls_and_keeps_their_sums(run: Run) -> None:
    call(timedelta(days=40))
    young = call(timedelta(days=1))
    assert run("llm_prune", "--older-than", "30d").out == "Deleted 1 call.\n"
    assert list(Call.objects.all()) == [young]
    assert UsageSum.objects.get(cube="outcome").calls == 1


@pytest.mark.django_db(transaction=True)
def test_retention_goes_by_the_setting(settings: object) -> None:
    settings.LLM = {**settings.LLM, "RETENTION_DAYS": 5}
    call(timedelta(days=6))
    call(timedelta(days=4))
    assert retention.prune_by_settings() == 1


@pytest.mark.django_db(transaction=True)
def test_roll_up_finds_the_work_of_each_hour_and_day_once() -> None:
    call(timedelta(days=2))
    assert retention.roll_up() == 2
    assert retention.roll_up() == 0


@pytest.fixture
def signals() -> Iterator[None]:
    """Restores this process's signal handlers after the test."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_jobs_finish_and_ends_the_loop(
    run: Run, monkeypatch: pytest.MonkeyPatch, signals: None, number: signal.Signals
) -> None:
    done: list[str] = []

    def interrupted() -> int:
        signal.raise_signal(number)
        return len(done)

    jobs = [
        PeriodicJob(name="interrupted", every_s=0, run=interrupted),
        PeriodicJob(name="last", every_s=0, run=lambda: done.append("last") or 1),
    ]
    monkeypatch.setattr(llm_worker, "MAINTENANCE", jobs)
    monkeypatch.setattr(llm_worker, "PROBES", PeriodicJob(name="probes", every_s=1, run=lambda: 0))
    assert run("llm_worker", "--interval", "0.01").code == 0
    assert done == ["last"]


@pytest.mark.django_db(transaction=True)
def test_neither_a_long_job_nor_a_silent_vendor_delays_the_next_probes(
    run: Run, monkeypatch: pytest.MonkeyPatch, signals: None
) -> None:
    third = threading.Event()
    runs: list[int] = []

    def probe() -> int:
        runs.append(len(runs))
        if len(runs) == 3:
            third.set()
        assert third.wait(60), "the first two probe runs wait for the third"
        return 0

    def sweep() -> int:
        assert third.wait(60), "the sweep waits for it too"
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    monkeypatch.setattr(llm_worker, "PROBES", PeriodicJob(name="probes", every_s=0.01, run=probe))
    monkeypatch.setattr(llm_worker, "MAINTENANCE", [PeriodicJob(name="sweep", every_s=3600, run=sweep)])
    assert run("llm_worker", "--interval", "60").code == 0
    assert third.is_set()
