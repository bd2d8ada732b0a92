"""A seed fixes a year and its figures."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from bench.availability.__main__ import main
from bench.availability.vendors import Shape
from bench.availability.years import SYSTEMS, Year, play

YEAR = Year(outages="frequent", shape=Shape.SILENCE, per_second=0.1, seed=4, days=5.0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_seed_fixes_the_figures(system: str) -> None:
    assert play(YEAR, system) == play(YEAR, system)
    assert play(YEAR, system) != play(replace(YEAR, seed=5), system)


def test_every_system_gets_the_same_calls() -> None:
    assert {play(YEAR, system).calls for system in SYSTEMS} == {43_200}


@pytest.mark.service
def test_the_command_prints_each_year_for_each_system() -> None:
    command = [sys.executable, "-m", "bench.availability"]
    options = ["--days", "3", "--arrivals", "0.05", "0.1", "--shapes", "errors", "--seed", "2", "--json"]
    ran = subprocess.run([*command, *options], capture_output=True, text=True, check=True)  # noqa: S603  our own
    rows = json.loads(ran.stdout)
    assert [(row["per_second"], row["system"]) for row in rows] == [(r, s) for r in (0.05, 0.1) for s in SYSTEMS]
    assert "8 of 8" in ran.stderr


@pytest.mark.parametrize("wrong", [["--arrivals", "0"], ["--days", "x"], ["--shapes", "gone"]])
def test_the_command_names_the_wrong_option(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.availability", *wrong])
    with pytest.raises(SystemExit):
        main()
    assert wrong[0] in capsys.readouterr().err.splitlines()[-1]
