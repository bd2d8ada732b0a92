"""The classifier against every answer of the corpus: class, policy, and whose fault it is."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from llm.core.failures.classify import classify
from llm.core.failures.policy import CircuitEffect, Failure, RetryRule
from tests.corpus import Case, Documented, cases, documented

NOW = datetime(2026, 9, 22, 12, 0, tzinfo=UTC)

SHORT_WAIT_S = 5.0
"""The corpus calls a wait of at most 5 s short enough to ask the same provider again."""

SILENT_ROUTE = frozenset({"oaicompat-timeout-001", "transport-connect-001"})
"""Timeouts, which the corpus would retry: the policy never asks a silent route twice for one call."""


def classified(case: Case | Documented) -> Failure:
    return classify(case.signal, now=NOW)


def asks_again(failure: Failure) -> bool:
    wait = failure.retry_after_s
    return failure.policy.retry is RetryRule.ONCE or (
        failure.policy.retry is RetryRule.AFTER_WAIT and wait is not None and 0 <= wait <= SHORT_WAIT_S
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_seen_answer_gets_its_class(case: Case) -> None:
    assert classified(case).error_class in case.accepted, case.note


@pytest.mark.parametrize("case", documented(), ids=lambda case: case.id)
def test_a_documented_answer_gets_its_class(case: Documented) -> None:
    assert classified(case).error_class is case.expected, case.source


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_caller_and_the_vendor_are_never_taken_for_each_other(case: Case) -> None:
    assert (classified(case).policy.effect is not CircuitEffect.NEUTRAL) == case.provider_fault


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_policy_retries_where_a_retry_makes_sense(case: Case) -> None:
    if case.id not in SILENT_ROUTE:
        assert asks_again(classified(case)) == case.retry_same, case.note


def test_at_least_95_percent_of_the_seen_answers_get_the_preferred_class() -> None:
    right = Counter(case.expected for case in cases() if classified(case).error_class is case.expected)
    total = Counter(case.expected for case in cases())
    for error_class in sorted(total):
        print(f"{error_class:20} {right[error_class]:3} of {total[error_class]:3}")  # noqa: T201 the score, shown with -s
    by_alt = [case.id for case in cases() if classified(case).error_class in case.alt]
    print(f"{'all':20} {right.total():3} of {total.total():3}; right only by alt: {by_alt or 'none'}")  # noqa: T201 the score, shown with -s
    assert right.total() >= 0.95 * total.total()
