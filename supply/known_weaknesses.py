"""Asks pip-audit whether the packages of a lock file have known weaknesses."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT_S = 300
"""For about 150 packages, each one question to the service."""


@dataclass(frozen=True, slots=True)
class Weaknesses:
    """The answer for one lock file."""

    asked: int = 0
    found: tuple[str, ...] = ()
    unasked: tuple[str, ...] = field(default=())
    """Packages, or the whole file, that the service gave no answer for, with the reason."""


def of_lock(lock: Path) -> Weaknesses:
    """The weaknesses of all pins. Blocks for up to TIMEOUT_S."""
    command = [
        sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", str(lock),
        "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Weaknesses(unasked=(f"{lock.name}: no answer within {TIMEOUT_S} s",))
    return read_report(lock.name, done.stdout, done.stderr)


def read_report(name: str, report: str, complaint: str) -> Weaknesses:
    """Reads pip-audit's JSON. It skips a package that the service did not answer for, and exits with 0 all the same."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last_line = (complaint.strip().splitlines() or ["no answer"])[-1]
        return Weaknesses(unasked=(f"{name}: {last_line[:300]}",))
    answered = [package for package in packages if "skip_reason" not in package]
    return Weaknesses(
        asked=len(answered),
        found=tuple(
            f"{package['name']} {package['version']}: {weakness['id']}, mended in "
            f"{', '.join(weakness['fix_versions']) or 'no release yet'}"
            for package in answered
            for weakness in package["vulns"]
        ),
        unasked=tuple(
            f"{package['name']}: {package['skip_reason']}" for package in packages if "skip_reason" in package
        ),
    )
