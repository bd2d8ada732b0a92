"""Plays drills, each on healthy vendors and new circuits."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from llm.core.circuit.state import Circuit
from llm.drills.client import send_all
from llm.drills.client_processes import send_from_processes
from llm.drills.drill import (
    AcceptOnly,
    Drill,
    Heal,
    OperatorAct,
    Probe,
    RunProbes,
    SendRequests,
    SetDatedFault,
    SetFaults,
    StoreKey,
    SwitchRedis,
    VendorAct,
    Wait,
)
from llm.drills.redis_server import RedisServer
from llm.drills.report import (
    VENDORS,
    CheckedExpectation,
    CircuitSnapshot,
    ClientResult,
    DrillReport,
    Scene,
    VendorCalls,
)
from llm.models import Provider
from llm.services.probes.run import probe_sync
from llm.services.probes.schedule import probe_due_sync
from llm.services.providers import set_api_key
from llm.services.runtime import forget_budgets
from llm.services.status import current_status_sync
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from llm.worker import PROBES

NO_REDIS = "REDIS_URL is not set or redis-server is not installed; this drill starts and kills its own Redis"
NO_PROCESSES = "this drill starts client processes; play it with manage.py llm_drill"


class Runner:
    """Plays drills on a product whose providers claude, gemini and openai use `simulator`.

    Drills with client processes need `manage` (the path of manage.py), drills that kill Redis need
    `redis`; without them they are skipped.
    """

    def __init__(self, simulator: Simulator, *, manage: Path | None = None, redis: RedisServer | None = None) -> None:
        self._simulator = simulator
        self._manage = manage
        self._redis = redis
        self._replaced_keys: dict[str, str] = {}

    def skip_reason(self, drill: Drill) -> str:
        """Why this drill cannot be played here; "" when it can."""
        if drill.needs_redis and self._redis is None:
            return NO_REDIS
        return NO_PROCESSES if drill.needs_processes and self._manage is None else ""

    def play(self, drill: Drill) -> DrillReport:
        """Plays the acts and checks the expectations. Restores vendors, keys and circuits, after an exception too."""
        report = DrillReport(name=drill.name, title=drill.title, skipped=self.skip_reason(drill))
        if report.skipped:
            return report
        self._restore()
        started = time.monotonic()
        scenes: list[Scene] = []
        try:
            for act in drill.acts:
                if isinstance(act, SendRequests):
                    scenes.append(self._scene(act))
                else:
                    self._act(act)
        finally:
            self._restore()
        report = replace(report, scenes=tuple(scenes), elapsed_s=time.monotonic() - started)
        checked = tuple(CheckedExpectation(promise=e.promise, observed=e.check(report)) for e in drill.expects)
        return replace(report, expectations=checked)

    def _act(self, act: VendorAct | OperatorAct) -> None:
        match act:
            case StoreKey(provider=provider, key=key):
                self._store_key(provider, key)
            case Probe(providers=providers):
                for name in providers:
                    probe_sync(name, by="drill")
            case SwitchRedis(running=running):
                self._switch_redis(running)
            case Wait(seconds=seconds):
                time.sleep(seconds)
            case RunProbes(seconds=seconds):
                _run_probes(seconds)
            case _:
                self._set_vendor(act)

    def _set_vendor(self, act: VendorAct) -> None:
        match act:
            case SetFaults(vendor=vendor, faults=faults):
                self._simulator.faults(vendor, faults)
            case SetDatedFault(vendor=vendor, fault=fault):
                self._simulator.faults(vendor, (fault(datetime.now(UTC)),))
            case Heal(vendors=vendors):
                for vendor in vendors:
                    self._simulator.heal(vendor)
            case AcceptOnly(vendor=vendor, key=key):
                self._simulator.set_keys(vendor, (key,))

    def _scene(self, act: SendRequests) -> Scene:
        before = self._calls()
        results = self._send(act)
        return Scene(name=act.scene, results=results, calls=self._calls().since(before), circuits=_circuits())

    def _send(self, act: SendRequests) -> tuple[ClientResult, ...]:
        if act.workers > 1 and self._manage is not None:
            return send_from_processes(act, port=self._simulator.port, manage=self._manage)
        return tuple(send_all(act))

    def _calls(self) -> VendorCalls:
        count: Callable[[str], int] = self._simulator.calls
        return VendorCalls(claude=count("claude"), gemini=count("gemini"), openai=count("openai"))

    def _store_key(self, name: str, key: str) -> None:
        row = Provider.objects.get(name=name)
        self._replaced_keys.setdefault(name, row.api_key_encrypted)
        set_api_key(row, key)

    def _switch_redis(self, running: bool) -> None:
        if self._redis is None:
            raise AssertionError("a drill that needs Redis is skipped without one")
        if running:
            self._redis.start()
        else:
            self._redis.stop()

    def _restore(self) -> None:
        self._simulator.reset()
        if self._redis is not None:
            self._redis.start()
        for name, encrypted in self._replaced_keys.items():
            row = Provider.objects.get(name=name)
            row.api_key_encrypted = encrypted
            row.save(update_fields=["api_key_encrypted", "updated_at"])
        self._replaced_keys.clear()
        forget_budgets()
        for name in VENDORS:
            circuit_store.change_now(name, _new_circuit, by="drill")


def _run_probes(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        probe_due_sync(by="drill")
        time.sleep(PROBES.every_s / 2)


def _new_circuit(circuit: Circuit) -> Circuit:
    """A new circuit in the next generation, so that late results of the drill before are ignored."""
    return Circuit(generation=circuit.generation + 1)


def _circuits() -> tuple[CircuitSnapshot, ...]:
    now = datetime.now(UTC)
    return tuple(
        CircuitSnapshot(
            provider=provider.name,
            state=str(provider.state),
            reason=str(provider.reason or ""),
            retry_in_s=(provider.retry_at - now).total_seconds() if provider.retry_at else None,
        )
        for provider in current_status_sync().providers
    )
