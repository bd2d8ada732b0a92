"""Probes, tests and resets; and the recovery from an outage."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from llm import models
from llm.core.calls import Answer, Caller
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.circuit.state import Circuit, CircuitState
from llm.core.exceptions import UnknownProvider
from llm.models import Attempt, Call, CircuitEvent, Provider
from llm.services import portal
from llm.services.calls.run import complete_sync
from llm.services.probes import run
from llm.services.probes.run import ProbeResult, probe_sync
from llm.services.probes.schedule import probe_due, probe_due_sync
from llm.services.providers import set_api_key
from llm.simulator import Simulator
from llm.stores.circuits import rows
from llm.stores.circuits.store import circuit_store
from llm.stores.config.changes import announce

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> Answer:
    return complete_sync(ChatRequest(messages=(message(Role.USER, "hello"),), language="en"))


def edit_circuit(name: str, step: Callable[[Circuit], Circuit]) -> None:
    """Changes the row as another worker would, and refreshes this worker's circuits."""
    rows.change(name, step, now=datetime.now(UTC), by="test")
    circuit_store.refresh()


def travel(name: str) -> None:
    """Moves the circuit's times a day into the past, so that its wait, or a step of its ramp, is over."""

    def earlier(circuit: Circuit) -> Circuit:
        moved = {field: getattr(circuit, field) for field in ("since", "until", "throttled_until")}
        return replace(circuit, **{f: t and t - timedelta(days=1) for f, t in moved.items()})

    edit_circuit(name, earlier)


def state(name: str) -> str:
    return models.Circuit.objects.get(provider=name).state


def break_claude(sim: Simulator, fault: str = "unavailable") -> None:
    """Makes calls fail until claude's circuit opens."""
    sim.fault("claude", fault)
    while not models.Circuit.objects.filter(provider="claude", state="open").exists():
        assert ask().provider == "gemini"
        assert sim.calls("claude") <= 10
    sim.forget("claude")


class TestProbe:
    def test_a_list_of_models_is_asked_for_and_nothing_that_costs(self, sim: Simulator, providers: list[str]) -> None:
        result = probe_sync("claude")
        assert (result.ok, result.live, result.state) == (True, False, "closed")
        assert result.latency_ms is not None
        assert (sim.calls("claude"), sim.counts("claude").models) == (0, 1)
        assert not Call.objects.exists()

    @pytest.mark.parametrize("name", ["claude", "gemini", "openai"])
    def test_a_wrong_key_is_found_without_a_completion(self, sim: Simulator, providers: list[str], name: str) -> None:
        sim.fault(name, "wrong_key")
        result = probe_sync(name)
        assert not result.ok
        assert result.failure is not None
        assert (result.state, state(name)) == ("open", "open")
        assert CircuitEvent.objects.get().by == "probe"

    def test_a_live_probe_makes_a_small_recorded_completion(self, sim: Simulator, providers: list[str]) -> None:
        result = probe_sync("claude", live=True, by="ada")
        assert (result.ok, result.live) == (True, True)
        assert sim.calls("claude") == 1
        call = Call.objects.get()
        assert (call.origin, call.consumer) == ("probe", "ada")

    def test_a_live_probe_finds_missing_credit_that_a_list_does_not_show(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("claude", "credit")
        assert probe_sync("claude").ok
        result = probe_sync("claude", live=True)
        assert not result.ok
        assert result.retry_at is not None
        assert state("claude") == "open"

    def test_an_account_that_may_not_list_models_is_not_taken_out_of_service(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("openai", "permission", applies_to="models")
        result = probe_sync("openai")
        assert not result.ok
        assert result.state == "closed"

    def test_without_a_key_no_vendor_is_asked(self, sim: Simulator, providers: list[str]) -> None:
        set_api_key(Provider.objects.get(name="claude"), "")
        result = probe_sync("claude")
        assert not result.ok
        assert "key" in result.detail
        assert sim.counts("claude").models == 0

    def test_an_unknown_name_raises(self, providers: list[str]) -> None:
        with pytest.raises(UnknownProvider):
            probe_sync("oracle")

    def test_a_listing_that_drips_is_ended_from_outside(
        self, sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("llm.services.probes.run.LIST_TIMEOUT_S", 0.3)
        sim.fault("claude", "drip", applies_to="models", delay=0.1)
        result = probe_sync("claude")
        assert result.failure is not None
        assert str(result.failure.error_class) == "timeout"

    def test_a_row_that_no_adapter_can_be_built_from_is_a_failed_probe(self, providers: list[str]) -> None:
        Provider.objects.filter(name="gemini").update(gemini_sdk="telepathy")
        announce()
        result = probe_sync("gemini")
        assert not result.ok
        assert ask().provider == "claude"


class TestProbeDue:
    def test_nothing_is_due_when_all_are_well(self, sim: Simulator, providers: list[str]) -> None:
        ask()
        assert probe_due_sync() == ()
        assert sim.counts("claude").models == 0

    def test_a_blocked_provider_is_not_probed_until_its_wait_is_over(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("claude", "wrong_key")
        ask()
        assert probe_due_sync() == ()
        travel("claude")
        assert [r.provider for r in probe_due_sync()] == ["claude"]
        assert sim.counts("claude").models == 1

    def test_a_probe_that_fails_keeps_callers_out(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        travel("claude")
        (result,) = probe_due_sync(by="worker")
        assert not result.ok
        assert result.retry_at is not None
        assert timedelta(seconds=15) < result.retry_at - datetime.now(UTC) < timedelta(seconds=21)
        assert probe_due_sync() == ()

    def test_a_provider_out_of_credit_is_probed_by_a_completion_and_closes_after_two(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("claude", "credit")
        ask()
        travel("claude")
        (result,) = probe_due_sync()
        assert (result.ok, result.live, result.state) == (False, True, "open")
        sim.heal("claude")
        travel("claude")
        assert [r.state for r in probe_due_sync()] == ["closed"]
        assert ask().provider == "claude"

    def test_a_key_that_works_again_closes_the_circuit_at_once(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("claude", "wrong_key")
        assert ask().provider == "gemini"
        sim.heal("claude")
        travel("claude")
        (result,) = probe_due_sync()
        assert (result.ok, result.live, result.state) == (True, True, "closed")
        assert (sim.counts("claude").models, sim.calls("claude")) == (1, 3)
        assert ask().provider == "claude"

    def test_switched_off_and_keyless_providers_are_not_probed(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        travel("claude")
        row = Provider.objects.get(name="claude")
        row.enabled = False
        row.save()
        assert probe_due_sync() == ()

    def test_of_two_workers_at_once_one_probes(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        sim.heal("claude")
        sim.fault("claude", "slow", delay=0.5, applies_to="models")
        travel("claude")
        results: list[ProbeResult] = []
        workers = [threading.Thread(target=lambda: results.extend(probe_due_sync())) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sim.counts("claude").models == 1
        assert len(results) == 1

    def test_without_the_lease_there_is_no_result(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("claude", "credit")
        ask()
        travel("claude")
        later = datetime.now(UTC) + timedelta(seconds=30)
        rows.change(
            "claude",
            lambda circuit: replace(circuit, trial_holder="another worker", trial_until=later),
            now=datetime.now(UTC),
            by="test",
        )  # this worker has not read the change yet
        sim.forget("claude")
        assert probe_due_sync() == ()
        assert sim.calls("claude") == 0

    def test_one_broken_row_does_not_stop_the_probes_of_the_others(self, sim: Simulator, providers: list[str]) -> None:
        for name in ("gemini", "openai"):
            edit_circuit(name, lambda _: Circuit(state=CircuitState.OPEN, generation=1, until=datetime.now(UTC)))
        Provider.objects.filter(name="gemini").update(gemini_sdk="telepathy")
        announce()
        results = {r.provider: r.ok for r in probe_due_sync()}
        assert results == {"gemini": False, "openai": True}

    def test_a_probe_that_is_cancelled_gives_its_lease_back(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        sim.heal("claude")
        sim.fault("claude", "silence", applies_to="models")
        travel("claude")

        async def leave() -> None:
            task = asyncio.create_task(probe_due())
            while sim.counts("claude").models == 0:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        portal.run(leave)
        circuit_store.refresh()
        assert circuit_store.peek()["claude"].trial_holder == ""


class TestTest:
    def test_all_are_really_called_and_recorded(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("gemini", "credit")
        results = portal.run(lambda: run.test(None, prompt="2 + 2?", caller=Caller(consumer="ada", origin="test")))
        assert [(r.provider, r.ok) for r in results] == [("claude", True), ("gemini", False), ("openai", True)]
        assert results[0].usage is not None
        assert results[0].usage.total > 0
        assert results[1].failure is not None
        assert str(results[1].failure.error_class) == "credit_exhausted"
        assert Call.objects.filter(origin="test", consumer="ada").count() == 3

    def test_a_test_goes_past_the_circuit_and_helps_to_close_it(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        sim.heal("claude")
        for expected in ("half_open", "closed"):
            (result,) = portal.run(lambda: run.test("claude", prompt=None, caller=Caller(origin="test")))
            assert result.ok
            assert state("claude") == expected

    def test_a_keyless_provider_is_a_result_and_no_exception(self, sim: Simulator, providers: list[str]) -> None:
        set_api_key(Provider.objects.get(name="claude"), "")
        (result,) = portal.run(lambda: run.test("claude", prompt=None, caller=Caller()))
        assert not result.ok
        assert result.failure is not None
        assert sim.calls("claude") == 0

    def test_an_unknown_name_raises(self, providers: list[str]) -> None:
        with pytest.raises(UnknownProvider):
            portal.run(lambda: run.test("oracle", prompt=None, caller=Caller()))


class TestReset:
    def test_an_open_circuit_closes_with_an_event_that_names_who(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("claude", "credit")
        ask()
        assert run.reset(["claude"], by="ada") == ("claude",)
        event = CircuitEvent.objects.get(after="closed")
        assert (event.provider, event.before, event.by) == ("claude", "open", "ada")
        sim.heal("claude")
        assert ask().provider == "claude"

    def test_without_names_all_are_reset(self, sim: Simulator, providers: list[str]) -> None:
        for name in providers:
            sim.fault(name, "credit")
        ask()
        assert run.reset(None, by="ada") == tuple(providers)
        assert {row.state for row in models.Circuit.objects.all()} == {"closed"}

    def test_a_limited_provider_is_asked_again_and_the_event_is_there(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("claude", "rate_limited", retry_after=60)
        assert ask().provider == "gemini"
        sim.heal("claude")
        run.reset(["claude"], by="ada")
        assert ask().provider == "claude"
        assert CircuitEvent.objects.filter(by="ada").count() == 1

    def test_resetting_what_is_well_changes_nothing(self, providers: list[str]) -> None:
        run.reset(None, by="ada")
        assert not CircuitEvent.objects.exists()

    def test_an_unknown_name_resets_no_circuit(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("claude", "credit")
        ask()
        with pytest.raises(UnknownProvider):
            run.reset(["claude", "oracle"], by="ada")
        assert state("claude") == "open"


class TestRecovery:
    def test_five_faults_open_the_circuit_and_it_gets_no_more_calls(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        for _ in range(5):
            assert ask().provider == "gemini"
        assert sim.calls("claude") == 0

    def test_after_the_wait_one_trial_two_successes_and_a_stepwise_return(
        self, sim: Simulator, providers: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("llm.core.routing.plan.QUIET_CALLS", 0)  # where few calls come it returns at once
        break_claude(sim)
        sim.heal("claude")
        travel("claude")
        assert ask().provider == "claude"
        assert state("claude") == "half_open"
        assert ask().provider == "claude"
        assert state("claude") == "closed"
        returning = [ask().provider for _ in range(30)]
        assert 0 <= returning.count("claude") <= 12  # a tenth of the calls at first, by chance
        travel("claude")
        assert [ask().provider for _ in range(5)] == ["claude"] * 5
        events = CircuitEvent.objects.filter(provider="claude", by="gateway").order_by("at")
        assert list(events.values_list("before", "after")) == [
            ("closed", "open"),
            ("open", "half_open"),
            ("half_open", "closed"),
        ]

    def test_a_failed_trial_costs_one_caller_a_detour_and_begins_another_wait(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        break_claude(sim)
        travel("claude")
        assert ask().provider == "gemini"
        assert sim.calls("claude") == 1
        assert state("claude") == "open"
        row = models.Circuit.objects.get(provider="claude")
        assert row.retry_at is not None
        assert timedelta(seconds=10) < row.retry_at - datetime.now(UTC) < timedelta(seconds=16)

    def test_of_many_callers_at_once_one_makes_the_trial(self, sim: Simulator, providers: list[str]) -> None:
        break_claude(sim)
        sim.heal("claude")
        sim.reply("claude", latency=0.5)
        travel("claude")
        answers: list[str] = []
        callers = [threading.Thread(target=lambda: answers.append(ask().provider)) for _ in range(20)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert (answers.count("claude"), answers.count("gemini")) == (1, 19)
        assert sim.calls("claude") == 1

    def test_a_new_key_ends_the_block_of_the_old_one_at_once(self, sim: Simulator, providers: list[str]) -> None:
        sim.set_keys("claude", ["the-new-key"])
        assert ask().provider == "gemini"
        assert ask().provider == "gemini"
        assert sim.calls("claude") == 1
        set_api_key(Provider.objects.get(name="claude"), "the-new-key")
        assert ask().provider == "claude"
        assert CircuitEvent.objects.get(after="closed").by == "configuration"

    def test_so_does_a_new_address(self, sim: Simulator, providers: list[str]) -> None:
        sim.fault("claude", "credit")
        assert ask().provider == "gemini"
        sim.heal("claude")
        assert ask().provider == "gemini"
        row = Provider.objects.get(name="claude")
        row.base_url = sim.url("claude").replace("127.0.0.1", "localhost")
        row.save()
        assert ask().provider == "claude"
        assert CircuitEvent.objects.get(after="closed").by == "configuration"

    def test_a_new_key_that_is_no_better_blocks_again(self, sim: Simulator, providers: list[str]) -> None:
        sim.set_keys("claude", ["the-new-key"])
        ask()
        set_api_key(Provider.objects.get(name="claude"), "another-bad-key")
        for _ in range(3):
            assert ask().provider == "gemini"
        assert Attempt.objects.filter(provider="claude").count() == 2

    def test_a_provider_that_was_switched_on_meanwhile_is_still_blocked(
        self, sim: Simulator, providers: list[str]
    ) -> None:
        sim.fault("claude", "credit")
        ask()
        row = Provider.objects.get(name="claude")
        row.priority = 1
        row.save()
        assert ask().provider == "gemini"
        assert sim.calls("claude") == 1
