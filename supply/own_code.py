"""Runs bandit over the project's own code. `make static` runs ruff's S rules: the same under other names."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SKIPPED = (
    "B404",  # importing subprocess: each call of it is judged by B603
    "B703",  # the same line as B308
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What bandit says about the code."""

    lines: int
    """Lines of code that were read."""
    reviewed: int
    """Findings on a line that bears ruff's `noqa` of the same rule, with its reason."""
    open: tuple[str, ...]


def of_packages(packages: tuple[str, ...]) -> Findings:
    """The findings in the packages, which are folders below the working folder."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", *packages, "-s", ",".join(SKIPPED), "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    report: dict[str, Any] = json.loads(done.stdout)
    unreadable = [f"{error['filename']}: {error['reason']}" for error in report["errors"]]
    open_ = [finding for finding in report["results"] if not is_reviewed(finding)]
    return Findings(
        lines=report["metrics"]["_totals"]["loc"],
        reviewed=len(report["results"]) - len(open_),
        open=(
            *unreadable,
            *(f"{row['filename']}:{row['line_number']}: {row['test_id']} {row['issue_text']}" for row in open_),
        ),
    )


def is_reviewed(finding: dict[str, Any]) -> bool:
    """Whether a line of the finding says `noqa` with ruff's name of the rule: S603 for B603."""
    lines = Path(finding["filename"]).read_text(encoding="utf-8").splitlines()
    rule = f"S{finding['test_id'][1:]}"
    found = (lines[number - 1] for number in finding["line_range"])
    return any("noqa:" in line and rule in line.split("noqa:", 1)[1] for line in found)
