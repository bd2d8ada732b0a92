"""`llm_providers`, `llm_reset` and `llm_rotate_secrets`: operators' commands on the chain."""

import json

import pytest

from llm.models import CircuitEvent, Provider
from llm.simulator import Simulator
from llm.stores.circuits.store import circuit_store
from tests.commands.running import Run
from tests.stores.circuits.weather import gone

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_chain_is_listed_in_its_order(run: Run, providers: list[str]) -> None:
    ran = run("llm_providers")
    assert ran.out.rstrip().endswith("claude > gemini > openai > static")
    assert json.loads(run("llm_providers", "--json").out)["chain"] == [*providers, "static"]


def test_the_list_says_who_is_out_and_why(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    out = run("llm_providers").out
    row = next(line for line in out.splitlines() if " claude " in line)
    assert "open" in row
    assert "credit_exhausted" in row
    assert "(in " in out
    assert "Last error of claude: credit_exhausted 400" in out


def test_without_the_circuit_store_the_list_says_that_its_states_are_local(run: Run, providers: list[str]) -> None:
    assert "does not answer" not in run("llm_providers").out
    with gone("llm_circuit"):
        circuit_store.forget()
        assert run("llm_providers").out.startswith("The circuit store does not answer in time")
        assert json.loads(run("llm_providers", "--json").out)["alone_since"]


def test_sync_tells_what_it_did(run: Run, transactional_db: None) -> None:
    assert json.loads(run("llm_providers", "sync", "--json").out)["created"] == ["claude", "gemini", "openai"]
    assert run("llm_providers", "sync").out == "unchanged: claude, gemini, openai\n"


def test_an_empty_chain_says_what_to_do(run: Run, transactional_db: None) -> None:
    assert "llm_providers sync" in run("llm_providers").out


def test_reset_lets_the_refilled_provider_answer_again(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    sim.heal()
    assert run("llm_reset", "claude").out == "Reset: claude.\n"
    assert json.loads(run("llm_ask", "Bonjour", "--json").out)["provider"] == "claude"
    assert CircuitEvent.objects.filter(provider="claude", after="closed", by__startswith="command").exists()


def test_reset_without_a_name_is_for_all(run: Run, providers: list[str]) -> None:
    assert json.loads(run("llm_reset", "--json").out) == {"reset": providers}


def test_rotation_reads_with_the_old_passphrase_and_writes_with_the_new(
    run: Run, providers: list[str], settings: object
) -> None:
    before = Provider.objects.get(name="claude").api_key_encrypted
    settings.LLM = {**settings.LLM, "SECRET_KEYS": ["a new one", *settings.LLM["SECRET_KEYS"]]}
    assert json.loads(run("llm_rotate_secrets", "--json").out) == {"rotated": providers, "unreadable": []}
    settings.LLM = {**settings.LLM, "SECRET_KEYS": ["a new one"]}
    assert Provider.objects.get(name="claude").api_key_encrypted != before
    assert run("llm_ask", "Bonjour", "--no-static").code == 0


def test_a_key_that_no_passphrase_decrypts_is_named_and_unchanged(run: Run, providers: list[str]) -> None:
    Provider.objects.filter(name="gemini").update(api_key_encrypted="no ciphertext")
    ran = run("llm_rotate_secrets")
    assert ran.code == 1
    assert "so unchanged: gemini" in ran.out
    assert Provider.objects.get(name="gemini").api_key_encrypted == "no ciphertext"
