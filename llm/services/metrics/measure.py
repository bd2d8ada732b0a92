"""What this process counts of a call on its way: memory only, no wait, no system call."""

from llm.core.calls import CallRecord
from llm.core.exceptions import BudgetExceeded, LimitReached, NotAdmitted
from llm.stores.metrics.layout import Counter, Gauge, Histogram
from llm.stores.metrics.page import page
from llm.stores.usage.rows import TEST_ORIGINS


def begun() -> None:
    """A call is under way."""
    page.add(Gauge.IN_FLIGHT)


def ended() -> None:
    """It no longer is."""
    page.add(Gauge.IN_FLIGHT, -1)


def refused(refusal: NotAdmitted) -> None:
    """A limit or budget refused a call; it has no record."""
    if isinstance(refusal, LimitReached):
        page.add(Counter.REFUSED_LIMIT)
    elif isinstance(refusal, BudgetExceeded):
        page.add(Counter.REFUSED_BUDGET)
    else:
        page.add(Counter.REFUSED_UNAVAILABLE)


def finished(record: CallRecord) -> None:
    """The durations of a caller's call. Tests and probes are no caller's."""
    if record.call.caller.origin in TEST_ORIGINS:
        return
    asked_s = sum(attempt.duration_s for attempt in record.trail.attempts)
    page.observe(Histogram.OVERHEAD, max(0.0, record.elapsed_s - asked_s))
    page.observe(Histogram.CALL, record.elapsed_s)
    if record.first_token_s is not None:
        page.observe(Histogram.FIRST_TOKEN, record.first_token_s)
