"""A drill in a sandbox of its own, as the admin plays it."""

import pytest

from llm.drills.sandbox import NotPlayed, report_of


def test_it_ends_in_time_or_says_that_it_did_not() -> None:
    with pytest.raises(NotPlayed, match=r"within 0\.01 s"):
        report_of("server_error", timeout_s=0.01)


def test_a_process_without_a_report_is_said() -> None:
    with pytest.raises(NotPlayed, match="ended with 2 and no report"):
        report_of("no-such-drill", timeout_s=120)
