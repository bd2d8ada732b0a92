"""The lock files hold what the ranges ask for, whole and with hashes."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent.parent
FILES = [
    "requirements",
    "requirements-celery",
    "requirements-otel",
    "requirements-sentry",
    "requirements-test",
    "requirements-tools",
]


def ranges(name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (PROJECT / f"{name}.txt").read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def pins(name: str) -> dict[str, list[str]]:
    """Package -> its versions; several where Python's versions need different ones."""
    found: dict[str, list[str]] = {}
    for pin in re.findall(r"^([A-Za-z0-9][^=\n]*)==([^ ;\\]+)", (PROJECT / f"{name}.lock").read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(pin[0].split("[")[0]), []).append(pin[1])
    return found


@pytest.mark.parametrize("name", FILES)
def test_each_range_is_met_by_its_pin(name: str) -> None:
    locked = pins(name)
    for wanted in ranges(name):
        versions = locked.get(canonicalize_name(wanted.name), [])
        assert versions, f"{wanted} has no pin: run `make lock`"
        for version in versions:
            assert wanted.specifier.contains(version), f"{wanted} is pinned to {version}: run `make lock`"


@pytest.mark.parametrize("name", FILES)
def test_each_pin_has_a_hash_and_names_no_host(name: str) -> None:
    text = (PROJECT / f"{name}.lock").read_text()
    entries = [entry for entry in re.split(r"\n(?=[A-Za-z0-9])", text) if not entry.startswith("#")]
    assert len(entries) == sum(len(versions) for versions in pins(name).values())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_tests_run_on_the_versions_of_the_product() -> None:
    tested = pins("requirements-test")
    for name in ("requirements", "requirements-celery"):
        assert {package: versions for package, versions in pins(name).items() if tested.get(package) != versions} == {}


def test_make_installs_from_the_lock_files_alone() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    assert "PIP := $(PY) $(INSTALL) --require-hashes" in makefile
    assert re.findall(r"\$\(PIP\) -r ([\w.-]+)", makefile) == ["requirements.lock", "requirements-test.lock"]
