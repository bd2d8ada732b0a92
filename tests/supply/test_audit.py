"""An audit that could not ask is no clean result."""

import json
from pathlib import Path

import pytest

from supply.audit import CLEAN, FOUND, PACKAGES, UNASKED, verdict
from supply.known_weaknesses import Weaknesses, read_report
from supply.own_code import is_reviewed

PROJECT = Path(__file__).resolve().parent.parent.parent
WELL = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {"name": "redis", "version": "7.0", "vulns": [{"id": "CVE-1", "fix_versions": ["7.1"]}]}
SKIPPED = {"name": "aiohttp", "skip_reason": "Dependency not found and could not be audited"}


def answer(*packages: object) -> Weaknesses:
    return read_report("requirements.lock", json.dumps({"dependencies": packages, "fixes": []}), "")


def test_answers_are_told_apart() -> None:
    assert answer(WELL) == Weaknesses(asked=1)
    assert answer(WELL, WEAK).found == ("redis 7.0: CVE-1, mended in 7.1",)
    assert answer(WELL, SKIPPED) == Weaknesses(
        asked=1, unasked=("aiohttp: Dependency not found and could not be audited",)
    )


@pytest.mark.parametrize("report", ["", "No known vulnerabilities found", "[]", "{}"])
def test_no_report_is_no_answer(report: str) -> None:
    complaint = "Traceback\nConnectionError: no route to host\n"
    assert read_report("requirements.lock", report, complaint) == Weaknesses(
        unasked=("requirements.lock: ConnectionError: no route to host",)
    )


def test_the_exit_code_distinguishes_clean_found_and_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict((), (answer(WELL),)) == CLEAN
    assert verdict((), (answer(WELL, WEAK), answer(SKIPPED))) == FOUND
    assert verdict(("llm/x.py:1: B602",), (answer(WELL),)) == FOUND
    capsys.readouterr()
    assert verdict((), (answer(WELL), answer(SKIPPED))) == UNASKED
    assert "NOT AUDITED" in capsys.readouterr().out
    assert len({CLEAN, FOUND, UNASKED}) == 3


def test_a_finding_is_reviewed_only_by_the_noqa_of_its_own_rule(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("run(a)\nrun(\n    b,\n)  # noqa: S603  our own\nrun(c)  # noqa: S607\n")

    def finding(*lines: int) -> dict[str, object]:
        return {"filename": str(code), "test_id": "B603", "line_range": list(lines)}

    assert not is_reviewed(finding(1))
    assert is_reviewed(finding(2, 3, 4))
    assert not is_reviewed(finding(5))


def test_every_package_of_the_project_is_read() -> None:
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(PACKAGES)
