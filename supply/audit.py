"""`make audit`: known weaknesses of the locked packages, and a security linter over the project's own code.

Exit codes: 0 nothing found; 1 something found; 3 nothing found, but some packages could not be asked about.
"""

import sys
from pathlib import Path

from supply.known_weaknesses import Weaknesses, of_lock
from supply.own_code import of_packages

LOCKS = (
    "requirements.lock",
    "requirements-celery.lock",
    "requirements-otel.lock",
    "requirements-parquet.lock",
    "requirements-sentry.lock",
    "requirements-test.lock",
    "requirements-tools.lock",
)
PACKAGES = ("bench", "clients", "conversations", "djobea", "llm", "schema_check", "suggestions", "supply", "web")
CLEAN, FOUND, UNASKED = 0, 1, 3


def main() -> int:
    """Prints what was found; returns the exit code."""
    code = of_packages(PACKAGES)
    print(
        f"own code: {code.lines} lines, {len(code.open)} findings, {code.reviewed} reviewed by a noqa with its reason"
    )
    for line in code.open:
        print(f"  {line}")
    answers = {name: of_lock(Path(name)) for name in LOCKS}
    for name, answer in answers.items():
        print(f"{name}: {answer.asked} packages asked, {len(answer.found)} weaknesses, {len(answer.unasked)} unasked")
        for line in answer.found:
            print(f"  {line}")
    return verdict(code.open, tuple(answers.values()))


def verdict(findings: tuple[str, ...], answers: tuple[Weaknesses, ...]) -> int:
    """The exit code. Packages without an answer are named, and are no clean result."""
    unasked = [line for answer in answers for line in answer.unasked]
    if unasked:
        print("NOT AUDITED: the service of known weaknesses gave no answer for the following. Repeat with a network.")
        for line in unasked[:5]:
            print(f"  {line}")
        if len(unasked) > 5:
            print(f"  and {len(unasked) - 5} more")
    if findings or any(answer.found for answer in answers):
        return FOUND
    return UNASKED if unasked else CLEAN


if __name__ == "__main__":
    sys.exit(main())
