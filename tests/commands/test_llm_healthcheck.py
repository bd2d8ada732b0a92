"""`llm_healthcheck`: the state of the providers, and the exit code."""

import json

import pytest

from llm.management.show import WIDTH
from llm.models import Provider
from llm.simulator import Simulator
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_well_is_exit_code_0_and_costs_no_completion(run: Run, providers: list[str], sim: Simulator) -> None:
    ran = run("llm_healthcheck")
    assert ran.code == 0
    for name in providers:
        assert name in ran.out
        assert sim.counts(name).models == 1
        assert sim.calls(name) == 0


def test_one_that_answers_is_enough(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "wrong_key")
    sim.fault("gemini", "server_error")
    assert run("llm_healthcheck").code == 0


def test_none_is_exit_code_1_with_the_table(run: Run, providers: list[str], sim: Simulator) -> None:
    for name in providers:
        sim.fault(name, "server_error")
    ran = run("llm_healthcheck")
    assert ran.code == 1
    assert "No live provider can answer." in ran.out


def test_a_refused_key_opens_the_circuit(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "wrong_key")
    report = json.loads(run("llm_healthcheck", "--provider", "claude", "--json", "--record").out)["providers"][0]
    assert (report["ok"], report["state"]) == (False, "open")


def test_the_exit_code_is_for_the_named_provider_alone(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "server_error")
    assert run("llm_healthcheck", "--provider", "claude").code == 1
    assert run("llm_healthcheck", "--provider", "gemini").code == 0


def test_a_provider_out_of_credit_is_not_ok_although_it_lists_models(
    run: Run, providers: list[str], sim: Simulator
) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    report = json.loads(run("llm_healthcheck", "--provider", "claude", "--json").out)
    assert report["ok"] is False
    assert report["providers"][0]["retry_at"]


def test_a_live_check_makes_a_completion_and_reopens_the_way(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    sim.heal()
    before = sim.calls("claude")
    run("llm_healthcheck", "--provider", "claude", "--live")
    assert sim.calls("claude") == before + 1


def test_due_skips_the_providers_whose_wait_is_not_over(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    sim.forget()
    ran = run("llm_healthcheck", "--due")
    assert ran.code == 0
    assert all(sim.counts(name).models == 0 and sim.calls(name) == 0 for name in providers)


def test_disabled_providers_are_left_out(run: Run, providers: list[str], sim: Simulator) -> None:
    Provider.objects.filter(name="openai").update(enabled=False)
    from llm.stores.config.snapshot import config_store

    config_store.forget()
    run("llm_healthcheck")
    assert sim.counts("openai").models == 0


def test_what_commands_print_of_failing_providers_fits_a_terminal(
    run: Run, providers: list[str], sim: Simulator
) -> None:
    Provider.objects.create(
        name="an-account-elsewhere",
        kind="openai",
        model="a-model-with-a-long-name-2026-11-28",
        base_url="http://127.0.0.1:9/v1",
    )
    sim.fault("claude", "credit")
    sim.fault("gemini", "server_error")
    commands = (
        ("llm_ask", "Bonjour", "--trace", "--record"),
        ("llm_ask", "Bonjour", "--trace"),
        ("llm_healthcheck", "--record"),
        ("llm_providers",),
    )
    for command in commands:
        wide = [line for line in run(*command).out.splitlines() if len(line) > WIDTH and "Bonjour" not in line]
        assert wide == [], command
