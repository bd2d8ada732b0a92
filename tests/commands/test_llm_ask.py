"""`llm_ask`: one answer at the terminal."""

import io
import json

import pytest

from llm.models import Call
from llm.simulator import Simulator
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_answer_is_printed_and_nothing_else(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.reply("claude", "Bonjour Douala")
    ran = run("llm_ask", "Bonjour")
    assert (ran.code, ran.out, ran.err) == (0, "Bonjour Douala\n", "")


def test_a_streamed_answer_is_the_same_text(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.reply("claude", "Un deux trois quatre", chunks=4)
    assert run("llm_ask", "Bonjour", "--stream").out == "Un deux trois quatre\n"


def test_the_trace_shows_who_failed_and_who_answered(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    ran = run("llm_ask", "Bonjour", "--trace")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert any("claude" in line and "credit_exhausted" in line for line in lines)
    assert any("gemini" in line and " ok " in line for line in lines)


def test_the_trace_shows_the_skipped_providers_and_the_reasons(run: Run, providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "credit")
    run("llm_ask", "Bonjour", "--record")
    out = run("llm_ask", "Bonjour", "--trace").out
    skipped = out.partition("\nskipped ")[2]
    assert "claude" in skipped
    assert "credit_exhausted" in skipped


def test_a_provider_is_asked_first_when_named(run: Run, providers: list[str], sim: Simulator) -> None:
    run("llm_ask", "Bonjour", "--provider", "openai")
    assert (sim.calls("openai"), sim.calls("claude")) == (1, 0)


def test_a_static_answer_is_marked_on_stderr(run: Run, providers: list[str], sim: Simulator) -> None:
    for name in providers:
        sim.fault(name, "server_error")
    ran = run("llm_ask", "Hello", "--language", "en")
    assert ran.code == 0
    assert ran.out.strip()
    assert "static answer" in ran.err


def test_without_the_static_tier_no_answer_is_exit_code_1(run: Run, providers: list[str], sim: Simulator) -> None:
    for name in providers:
        sim.fault(name, "server_error")
    ran = run("llm_ask", "Bonjour", "--no-static", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["trail"]["attempts"]
    assert "No provider can answer" in ran.err


def test_json_holds_the_answer_and_its_trail(run: Run, providers: list[str]) -> None:
    shown = json.loads(run("llm_ask", "Bonjour", "--json", "--stream").out)
    assert shown["provider"] == "claude"
    assert shown["completion"]["text"]
    assert [attempt["outcome"] for attempt in shown["trail"]["attempts"]] == ["ok"]


def test_a_dash_reads_the_question_from_standard_input(
    run: Run, providers: list[str], sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Une longue question"))
    run("llm_ask", "-")
    assert "Une longue question" in sim.requests("claude")[-1].raw.decode()


def test_the_call_is_recorded_as_the_command_s(run: Run, providers: list[str]) -> None:
    run("llm_ask", "Bonjour")
    assert Call.objects.get().origin == "command"


def test_the_cost_is_that_of_the_record(run: Run, providers: list[str], sim: Simulator) -> None:
    found = json.loads(run("llm_ask", "Bonjour", "--json").out)
    call = Call.objects.get()
    assert (found["cost_usd"], found["unpriced_attempts"]) == (f"{call.cost_usd:.9f}", 0)
    assert f"${call.cost_usd:.9f}" in run("llm_ask", "Bonjour", "--trace").out
