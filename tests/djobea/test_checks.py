"""What is wrong with the settings is named by every command, in a sentence, and no key is ever printed."""

import json
from pathlib import Path

import pytest

from tests.commands.running import Manage, Ran, finished

COMMANDS = [("check",), ("migrate",), ("llm_healthcheck",), ("serve", "--port", "1")]
BROKEN = (
    b"\xef\xbb\xbfANTHROPIC_API_KEY=sk-s3cret\r\n"
    b"OPENAI_API_KEY sk-s3cret\r\n"
    b"GEMINI_API_KEY='sk-s3cret\r\n"
    b"sk-s3cret\r\n"
    b"LLM_PRIORTY=claude\r\n"
)


def with_file(manage: Manage, checkout: Path, content: bytes, *arguments: str, **variables: str) -> Ran:
    (checkout / ".env").write_bytes(content)
    return finished(manage(*arguments, project=checkout, **variables))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_tells_the_lines_that_it_cannot_read_without_a_key(
    command: tuple[str, ...], manage: Manage, checkout: Path
) -> None:
    ran = with_file(manage, checkout, BROKEN, *command)
    assert "line=2" in ran.err
    assert "variable=OPENAI_API_KEY" in ran.err
    assert "line=4" in ran.err
    assert "s3cret" not in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_the_check_names_each_mistake(manage: Manage, checkout: Path) -> None:
    ran = with_file(manage, checkout, BROKEN, "check")
    assert ran.code == 1
    assert "(djobea.E001) Line 2 of .env (OPENAI_API_KEY) cannot be read: it is not NAME=value." in ran.err
    assert "(djobea.E001) Line 3 of .env (GEMINI_API_KEY) cannot be read: its quote is not closed" in ran.err
    assert "(djobea.W001) Line 4 of .env cannot be read" in ran.err
    assert "(djobea.E002) The variable LLM_PRIORTY is not read." in ran.err
    assert "Did you mean LLM_PRIORITY?" in ran.err


def test_serve_refuses_a_certain_mistake(manage: Manage, checkout: Path) -> None:
    ran = with_file(manage, checkout, b"LLM_PRIORTY=claude\n", "serve", "--port", "18765")
    assert ran.code == 2
    assert ran.err == "Error: The variable LLM_PRIORTY is not read. Did you mean LLM_PRIORITY?\n"


def test_a_foreign_variable_is_a_warning(manage: Manage) -> None:
    ran = finished(manage("check", LLM_USER_PATH="/home/me"))
    assert ran.code == 0
    assert "(djobea.W002) The variable LLM_USER_PATH is not read." in ran.err


def test_a_key_behind_a_byte_order_mark_is_read(manage: Manage, checkout: Path, alone: dict[str, str]) -> None:
    del alone["ANTHROPIC_API_KEY"]
    content = b'\xef\xbb\xbfANTHROPIC_API_KEY = "sk-s3cret"\r\n'
    assert with_file(manage, checkout, content, "migrate", "-v0") == Ran(code=0, out="", err="")
    ran = with_file(manage, checkout, content, "llm_providers", "sync", "--json")
    assert ran.code == 0, ran.err
    ran = with_file(manage, checkout, content, "llm_providers", "--json")
    enabled = {provider["name"]: provider["enabled"] for provider in json.loads(ran.out)["providers"]}
    assert enabled == {"claude": True, "gemini": False, "openai": False}
    assert "s3cret" not in ran.out + ran.err


WRONG = {
    "ANTHROPIC_BASE_URL": "api.example.com/s3cret",
    "DATABASE_URL": "postgres://u:s3/cret@127.0.0.1/db",
    "LLM_DEADLINE_S": "abc",
    "REDIS_URL": "redis://:s3/cret@127.0.0.1/0",
}


# Each value by `serve`, and each command with one of them: all pairs are sixteen process starts.
@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        *((COMMANDS[-1], name, value) for name, value in WRONG.items()),
        *((command, name, value) for command, (name, value) in zip(COMMANDS[:-1], WRONG.items(), strict=False)),
    ],
)
def test_every_command_refuses_a_wrong_value_in_one_line(
    command: tuple[str, ...], name: str, value: str, manage: Manage
) -> None:
    ran = finished(manage(*command, **{name: value}))
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"{name} must be")
    assert ran.err.count("\n") == 1
    assert "s3" not in ran.err


@pytest.mark.parametrize(
    ("name", "value"), [("LLM_ALERT_LANGUAGE", "de"), ("LLM_PRIORITY", "claud"), ("LLM_SIMULATOR", "perhaps")]
)
def test_serve_refuses_what_only_its_children_would_notice(name: str, value: str, manage: Manage) -> None:
    ran = finished(manage("serve", "--port", "18765", **{name: value}))
    assert (ran.code, ran.out) == (2, "")
    assert name in ran.err
    assert ran.err.count("\n") == 1


def test_a_database_that_does_not_answer_is_no_traceback(manage: Manage) -> None:
    commands = [("migrate",), ("serve", "--port", "18765"), ("check", "--database", "default")]
    # At once: each waits for seconds.
    running = [manage(*command, DATABASE_URL="postgres://u:s3cret@127.0.0.1:9/db") for command in commands]
    for ran in map(finished, running):
        assert "Traceback" not in ran.err
        assert "s3cret" not in ran.err
        assert ("The database does not answer" in ran.err) or ("were not checked: OperationalError" in ran.err)


def test_the_order_of_vendors_gets_a_suggestion(manage: Manage) -> None:
    ran = finished(manage("check", LLM_PRIORITY="claud,gemini"))
    assert ran.code == 1
    assert "LLM_PRIORITY names 'claud'; known are claude, gemini, openai. Did you mean claude?" in ran.err
