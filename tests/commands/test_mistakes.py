"""Mistakes on the command line: one line on stderr, exit code 2, no traceback."""

import pytest

from llm.management.base import database_error_text
from tests.commands.running import Manage, Run, finished

COMMANDS = {
    "llm_ask": ("llm_ask", "Bonjour"),
    "llm_control": ("llm_control", "claude", "drain"),
    "llm_healthcheck": ("llm_healthcheck",),
    "llm_keys": ("llm_keys", "list"),
    "llm_providers": ("llm_providers",),
    "llm_prune": ("llm_prune", "--older-than", "30d"),
    "llm_reset": ("llm_reset",),
    "llm_rotate_secrets": ("llm_rotate_secrets",),
    "llm_whatif": ("llm_whatif", "--down", "claude"),
    "llm_worker": ("llm_worker", "--once"),
}

NO_MISTRAL = "There is no provider named 'mistral'. There are: claude, gemini, openai."

WRONG = [
    (("llm_ask", "   "), "The question is empty."),
    (("llm_ask", "Bonjour", "--provider", "mistral"), NO_MISTRAL),
    (("llm_ask", "Bonjour", "--route", "scenic"), "There is no route named 'scenic'. There are: "),
    (("llm_ask", "Bonjour", "--route", "claude"), "There is no route named 'claude'."),
    (("llm_control", "mistral", "drain"), NO_MISTRAL),
    (("llm_control", "claude", "reset", "--for", "30m"), "reset has no duration."),
    (("llm_healthcheck", "--provider", "mistral"), NO_MISTRAL),
    (("llm_keys", "create", "--user", "nobody"), "There is no user named 'nobody'."),
    (("llm_keys", "revoke", "djb_nothing"), "No key matches 'djb_nothing'."),
    (("llm_reset", "claude", "mistral"), NO_MISTRAL),
    (("llm_whatif", "--down", "mistral"), NO_MISTRAL),
    (("llm_worker", "--interval", "0"), "--interval must be"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), WRONG, ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_an_unknown_name_or_bad_value_is_reported_in_a_line(
    arguments: tuple[str, ...], words: str, run: Run, providers: list[str]
) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.out == ""


@pytest.mark.usefixtures("without_tables")
@pytest.mark.parametrize("name", ["llm_ask", "llm_worker"])
def test_a_database_without_tables_is_reported_in_a_line(name: str, manage: Manage) -> None:
    ran = finished(manage(*COMMANDS[name]))
    assert ran.code == 2
    assert ran.err.strip().splitlines()[-1].startswith("Error: The database is not set up")
    assert "manage.py migrate" in ran.err
    assert "Traceback" not in ran.err


def test_a_database_that_is_unreachable_is_reported_in_a_line(manage: Manage) -> None:
    ran = finished(manage("llm_providers", DATABASE_URL="postgres://nobody@127.0.0.1:9/nothing"))
    assert ran.code == 2
    assert "Error: The database does not answer: " in ran.err
    assert "Traceback" not in ran.err


def test_a_bad_setting_is_reported_in_a_line(manage: Manage) -> None:
    ran = finished(manage("llm_simulator", "--port", "0", LLM_SIMULATOR="perhaps"))
    assert ran.code == 2
    assert "Error: LLM_SIMULATOR must be auto, on or off, not 'perhaps'." in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", [*COMMANDS, "llm_demo", "llm_simulator"])
def test_every_command_has_help_with_examples_and_json(name: str, capsys: pytest.CaptureFixture[str], run: Run) -> None:
    ran = run(name, "--help")
    shown = capsys.readouterr().out
    assert ran.code == 0
    assert "--json" in shown
    assert f"examples:\n  manage.py {name}" in shown or f"manage.py {name}" in shown.partition("examples:\n")[2]


def test_a_table_that_is_there_already_is_not_taken_for_a_database_that_is_down() -> None:
    assert database_error_text(Exception('table "llm_call" already exists')) == (
        'The database has tables that this product did not make (table "llm_call" already exists). Use an empty one.'
    )


def test_only_the_first_line_of_a_database_error_is_shown() -> None:
    assert database_error_text(Exception("connection refused\n\tIs the server running?")) == (
        "The database does not answer: connection refused"
    )
