"""Plays drills: each on vendors that are well and circuits that know nothing, whatever the drill before left."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from llm.core.circuit.state import Circuit
from llm.drills.askers import ask_from_processes
from llm.drills.asking import ask_often
from llm.drills.drill import (
    AcceptOnly,
    Ask,
    Break,
    BreakDated,
    Drill,
    GiveKey,
    Heal,
    OperatorAct,
    Probe,
    Redis,
    VendorAct,
    Wait,
    Work,
)
from llm.drills.own_redis import OwnRedis
from llm.drills.report import VENDORS, Calls, Got, Report, Scene, Standing, Verdict
from llm.models import Provider
from llm.services.probes.run import probe_sync
from llm.services.probes.schedule import probe_due_sync
from llm.services.providers import set_api_key
from llm.services.runtime import forget_budgets
from llm.services.status import current_status_sync
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from llm.worker import PROBES

NO_REDIS = "needs REDIS_URL to be set and redis-server to be installed: it kills a Redis of its own"
NO_PROCESSES = "needs processes of its own: play it with manage.py llm_drill"


class Runner:
    """Over a product whose providers claude, gemini and openai point at `simulator`.

    Without `manage` (the path of manage.py) no worker processes can be started, without `redis` it
    cannot be killed; drills that need either are skipped.
    """

    def __init__(self, simulator: Simulator, *, manage: Path | None = None, redis: OwnRedis | None = None) -> None:
        self._simulator = simulator
        self._manage = manage
        self._redis = redis
        self._stored: dict[str, str] = {}

    def skips(self, drill: Drill) -> str:
        """Why this drill cannot be played here; "" when it can."""
        if drill.needs_redis and self._redis is None:
            return NO_REDIS
        return NO_PROCESSES if drill.needs_processes and self._manage is None else ""

    def play(self, drill: Drill) -> Report:
        """Everything is put back at the end, however it ends."""
        report = Report(name=drill.name, title=drill.title, skipped=self.skips(drill))
        if report.skipped:
            return report
        self._put_back()
        started = time.monotonic()
        scenes: list[Scene] = []
        try:
            for act in drill.acts:
                if isinstance(act, Ask):
                    scenes.append(self._scene(act))
                else:
                    self._act(act)
        finally:
            self._put_back()
        report = replace(report, scenes=tuple(scenes), elapsed_s=time.monotonic() - started)
        verdicts = tuple(Verdict(says=e.says, otherwise=e.otherwise(report)) for e in drill.expects)
        return replace(report, verdicts=verdicts)

    def _act(self, act: VendorAct | OperatorAct) -> None:
        match act:
            case GiveKey(provider=provider, key=key):
                self._give_key(provider, key)
            case Probe(providers=providers):
                for name in providers:
                    probe_sync(name, by="drill")
            case Redis(there=there):
                self._switch_redis(there)
            case Wait(seconds=seconds):
                time.sleep(seconds)
            case Work(seconds=seconds):
                _work(seconds)
            case _:
                self._tell_vendor(act)

    def _tell_vendor(self, act: VendorAct) -> None:
        match act:
            case Break(vendor=vendor, faults=faults):
                self._simulator.faults(vendor, faults)
            case BreakDated(vendor=vendor, fault=fault):
                self._simulator.faults(vendor, (fault(datetime.now(UTC)),))
            case Heal(vendors=vendors):
                for vendor in vendors:
                    self._simulator.heal(vendor)
            case AcceptOnly(vendor=vendor, key=key):
                self._simulator.set_keys(vendor, (key,))

    def _scene(self, ask: Ask) -> Scene:
        before = self._calls()
        got = self._answers(ask)
        return Scene(name=ask.scene, got=got, calls=self._calls().since(before), standings=_standings())

    def _answers(self, ask: Ask) -> tuple[Got, ...]:
        if ask.workers > 1 and self._manage is not None:
            return ask_from_processes(ask, port=self._simulator.port, manage=self._manage)
        return tuple(ask_often(ask))

    def _calls(self) -> Calls:
        count: Callable[[str], int] = self._simulator.calls
        return Calls(claude=count("claude"), gemini=count("gemini"), openai=count("openai"))

    def _give_key(self, name: str, key: str) -> None:
        row = Provider.objects.get(name=name)
        self._stored.setdefault(name, row.api_key_encrypted)
        set_api_key(row, key)

    def _switch_redis(self, there: bool) -> None:
        if self._redis is None:
            raise AssertionError("a drill that needs Redis is skipped without one")
        if there:
            self._redis.start()
        else:
            self._redis.stop()

    def _put_back(self) -> None:
        self._simulator.reset()
        if self._redis is not None:
            self._redis.start()
        for name, encrypted in self._stored.items():
            row = Provider.objects.get(name=name)
            row.api_key_encrypted = encrypted
            row.save(update_fields=["api_key_encrypted", "updated_at"])
        self._stored.clear()
        forget_budgets()
        for name in VENDORS:
            circuit_store.change_now(name, _unknown, by="drill")


def _work(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        probe_due_sync(by="drill")
        time.sleep(PROBES.every_s / 2)


def _unknown(circuit: Circuit) -> Circuit:
    """Nothing known, in a generation of its own: a late result of the drill before means nothing to it."""
    return Circuit(generation=circuit.generation + 1)


def _standings() -> tuple[Standing, ...]:
    now = datetime.now(UTC)
    return tuple(
        Standing(
            provider=provider.name,
            state=str(provider.state),
            reason=str(provider.reason or ""),
            retry_in_s=(provider.retry_at - now).total_seconds() if provider.retry_at else None,
        )
        for provider in current_status_sync().providers
    )
