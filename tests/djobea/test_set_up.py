"""The set-up files against what they must hold: `.env.example`, the Makefile, `.ci/run`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from djobea.env.dotenv import EnvFile, parse
from llm.kinds import KINDS
from tests.commands.running import PROJECT

PROMISED = {
    "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "REDIS_URL",
    "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL",
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GEMINI_BASE_URL", "GEMINI_MODEL",
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL",
    "LLM_PRIORITY", "LLM_DEADLINE_S", "LLM_SECRET_KEYS", "LLM_SIMULATOR",
}  # fmt: skip
"""The variables that the product's contract names."""


def documented() -> dict[str, str]:
    """Variables of .env.example with the value shown."""
    text = (PROJECT / ".env.example").read_text()
    return dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))


def test_every_variable_that_is_read_is_documented_and_nothing_else() -> None:
    assert set(documented()) == settings.KNOWN_VARIABLES
    assert settings.KNOWN_VARIABLES >= PROMISED


def test_no_code_reads_a_variable_of_ours_that_the_settings_do_not_know() -> None:
    folders = ("djobea", "llm", "web", "suggestions", "conversations")
    files = [file for folder in folders for file in (PROJECT / folder).rglob("*.py")]
    named = {name for file in files for name in re.findall(r"[\"'](LLM_[A-Z0-9_]+)[\"']", file.read_text())}
    assert len(named) > 10
    assert named - settings.KNOWN_VARIABLES == {"LLM_ALERTS"}  # a setting of Django's, not a variable


def test_the_example_file_sets_nothing_as_it_stands() -> None:
    assert parse((PROJECT / ".env.example").read_bytes()) == EnvFile()


def test_the_example_file_can_be_read_when_every_line_is_uncommented() -> None:
    file = parse(re.sub(r"^#(?=[A-Z])", "", (PROJECT / ".env.example").read_text(), flags=re.MULTILINE).encode())
    assert file.unreadable == ()
    assert file.values == documented()


def test_the_shown_defaults_are_the_real_ones() -> None:
    shown = documented()
    for kind in KINDS.values():
        assert shown[f"{kind.env}_MODEL"] == kind.default_model
    assert shown["LLM_PRIORITY"] == ",".join(KINDS)


def make(*arguments: str, cwd: Path = PROJECT) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(  # noqa: S603  this project's own Makefile
        ["make", *arguments],  # noqa: S607  whichever make the user has
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "target", ["help", "run", "test", "check", "bench", "demo", "lock", "audit", "sbom", "check-api"]
)
def test_make_alone_lists_every_target(target: str) -> None:
    assert f"make {target} " in make().stdout


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_an_unfit_python_is_refused_with_a_clear_line(python: str, tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    done = make("run", f"PYTHON={python}", cwd=tmp_path)
    assert done.returncode != 0
    assert f"Python 3.11 or newer is needed, and {python} is not it." in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_host_and_port_are_passed_on(tmp_path: Path) -> None:
    printed = make("-n", "run", "HOST=0.0.0.0", "PORT=8123", "WORKERS=3").stdout
    assert 'serve --host "0.0.0.0" --port "8123" --workers "3"' in printed


def test_the_build_machine_runs_the_readme_s_test_command() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("make static\nmake test")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0  # noqa: S603, S607  a syntax check


def test_this_python_is_one_that_the_product_supports() -> None:
    assert sys.version_info >= (3, 11)
