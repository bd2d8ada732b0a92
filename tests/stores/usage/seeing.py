"""What the tests of sums share: calls with many shapes, and the sums of their rows computed in Python."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from llm.core.calls import CallRecord, CallStatus, Outcome
from llm.core.chat.response import Usage
from llm.core.failures.policy import ErrorClass, Failure
from llm.models import Attempt, Call
from llm.services.analytics.figures import Figures
from tests.stores.calls.records import a_call, a_record, an_attempt

TOKENS = ("input_tokens", "cache_written_1h_tokens", "input_audio_tokens", "output_audio_tokens")


def a_try(seq: int, provider: str, error_class: ErrorClass | None = None, *, tokens: int = 100) -> Any:
    """An attempt at a provider: failed with an error class, answered without."""
    attempt = replace(an_attempt(seq=seq, usage=_usage(tokens)), provider=provider)
    if error_class is None:
        return attempt
    return replace(attempt, outcome=Outcome.FAILED, failure=Failure(error_class=error_class, message="no"))


def _usage(tokens: int) -> Usage:
    """Some of the input is spoken, some written to the cache for an hour; some of the output is spoken."""
    hour = tokens // 5
    return Usage(
        input=tokens, output=tokens // 3, cache_written=hour, cache_written_1h=hour, input_audio=tokens // 7,
        output_audio=tokens // 9,
    )  # fmt: skip


def a_mixed_call(moment: datetime, number: int, **call: Any) -> CallRecord:
    """The call of this number: they differ in status, providers, failures, keys, tokens and origin."""
    info = a_call(started_at=moment, **call)
    caller = replace(
        info.caller,
        consumer=f"shop {number % 3}",
        key_id=f"k{number % 3}",
        origin="probe" if number % 11 == 0 else "api",
    )
    tries = [a_try(1, "claude", ErrorClass.TIMEOUT if number % 4 == 0 else None, tokens=number)]
    if number % 4 == 0:
        tries.append(a_try(2, "gemini", ErrorClass.OVERLOADED if number % 8 == 0 else None, tokens=2 * number))
    status = list(CallStatus)[number % len(CallStatus)]
    record = a_record(
        call=replace(info, caller=caller), status=status, attempts=tuple(tries), provider=tries[-1].provider
    )
    return replace(record, elapsed_s=0.05 * (number % 40), first_token_s=0.2 if number % 2 else None)


def truth(start: datetime, end: datetime) -> dict[str, Any]:
    """The figures of the period's rows, added up one by one."""
    calls = list(Call.objects.filter(started_at__gte=start, started_at__lt=end).exclude(origin__in=("test", "probe")))
    attempts = list(Attempt.objects.filter(call__in=[call.pk for call in calls]))
    return {
        "calls": len(calls),
        "answered": sum(call.status == "ok" for call in calls),
        "attempts": len(attempts),
        **{name: sum(getattr(attempt, name) for attempt in attempts) for name in TOKENS},
        "cost_usd": sum((attempt.cost_usd or Decimal(0) for attempt in attempts), Decimal(0)),
        "failures": dict(Counter(attempt.error_class for attempt in attempts if attempt.outcome == "failed")),
    }


def told(figures: Figures) -> dict[str, Any]:
    """The same of a report."""
    sums = figures.sums
    return {
        "calls": sums.calls,
        "answered": sums.answered,
        "attempts": sums.attempts,
        **{name: getattr(sums, name) for name in TOKENS},
        "cost_usd": figures.cost_usd,
        "failures": figures.failures,
    }
