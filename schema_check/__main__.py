"""Runs schemathesis with the key of a consumer, an operator and an administrator, each on a new database.

Exit code 0: no answer was 5xx or against the schema, and no documented request was refused. 1 otherwise.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT, Running, gateway, operate, simulator

ST = ROOT / ".venv-tools" / "bin" / "st"
PERSONS = ("consumer", "operator", "administrator")
MAKE_KEY = """
import sys
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from llm.stores.config.keys import create
name = {name!r}
user = get_user_model().objects.create(username=name, is_staff=name != "consumer", is_superuser=name == "administrator")
user.groups.set(Group.objects.filter(name="Operators") if name == "operator" else [])
print(create(user, name)[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The outcome for one person."""

    person: str
    operations: int
    cases: int
    failures: int
    passed: bool


def main() -> None:
    parser = argparse.ArgumentParser(prog="schema_check", description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="generated requests of each operation and phase (60)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator (1)")
    parser.add_argument("--person", choices=PERSONS, action="append", help="only with this key; may be repeated")
    words = parser.parse_args()
    if not ST.exists():
        raise SystemExit(f"{ST} is not there: run `make check-api`")
    os.environ["LLM_TEST_RATE"] = "1000000/min"  # a test of a provider is one of the requests
    rows = [check(person, words.examples, words.seed) for person in words.person or PERSONS]
    for row in rows:
        print(f"{row.person}: {row.operations} operations, {row.cases} requests, {row.failures} failures")
    sys.exit(0 if all(row.passed for row in rows) else 1)


def check(person: str, examples: int, seed: int) -> Figures:
    """Starts the product with one person's key and runs schemathesis; prints its report when something failed."""
    with simulator() as vendors, gateway(vendors, database_url="", everyone=True) as product:
        key = operate(product, "shell", "--no-imports", "-c", MAKE_KEY.format(name=person)).strip().splitlines()[-1]
        done = _run(product, key, examples, seed)
    if done.returncode:
        print(f"--- {person} ---\n{done.stdout}{done.stderr}")
    return Figures(
        person=person,
        operations=_number(r"Tested: (\d+)", done.stdout),
        cases=_number(r"(\d+) generated", done.stdout),
        failures=_number(r"(\d+) unique failures?", done.stdout),
        passed=done.returncode == 0,
    )


def _run(product: Running, key: str, examples: int, seed: int) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(str(ST), "--config-file", str(Path(__file__).parent / "schemathesis.toml")),
            *("run", f"{product.url}/api/schema", "--url", product.url, "--header", f"Authorization: Bearer {key}"),
            *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-color"),
            *("--exclude-checks", "positive_data_acceptance", "--generation-database", "none"),
        ]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "schema_check.hooks", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own


def _number(pattern: str, text: str) -> int:
    match = re.search(pattern, text)
    return int(match[1]) if match else 0


if __name__ == "__main__":
    main()
