"""The two kinds of rows in the tables, and how a row is written down in one line."""

import re
from dataclasses import dataclass

from llm.core.failures.policy import ErrorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """A machine code, in lower case. `case` names the answer or the page that is the evidence."""

    error_class: ErrorClass
    codes: tuple[str, ...]
    case: str
    portable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseRule:
    """The first words of a vendor's sentence.

    The pattern is tried at the beginning of the message only, so that a caller's text which a
    vendor quotes further on cannot decide. Its group `parameter`, when it has one, is the request
    parameter that was refused. `statuses` limits the row to these HTTP statuses (None: any).
    """

    error_class: ErrorClass
    pattern: re.Pattern[str]
    case: str
    portable: bool = False
    statuses: frozenset[int] | None = None


def code(error_class: ErrorClass, case: str, *codes: str, portable: bool = False) -> CodeRule:
    """A row for `codes`, which all mean the same."""
    return CodeRule(error_class=error_class, codes=codes, case=case, portable=portable)


def phrase(
    error_class: ErrorClass,
    case: str,
    pattern: str,
    *,
    portable: bool = False,
    statuses: tuple[int, ...] = (),
) -> PhraseRule:
    """A row for a sentence that begins with `pattern` (case is ignored, a dot matches newlines)."""
    return PhraseRule(
        error_class=error_class,
        pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL),
        case=case,
        portable=portable,
        statuses=frozenset(statuses) or None,
    )


def by_code(rules: tuple[CodeRule, ...]) -> dict[str, CodeRule]:
    """The rows by code. A code that stands in two rows is a mistake in the table: ValueError."""
    found: dict[str, CodeRule] = {}
    for rule in rules:
        for name in rule.codes:
            if name in found:
                raise ValueError(f"{name!r} stands in two rows: {found[name].case} and {rule.case}")
            found[name] = rule
    return found
