"""The spans of a finished call: one for the call, one for each attempt, so that a failover reads as it was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from llm.core.calls import Attempt, CallRecord, CallStatus, Outcome
from llm.core.tracing.context import Trace, read, span_id, trace_of
from llm.core.tracing.names import VENDORS, Dialect, Fact, name_of

Value = str | int | float | bool
UNANSWERED = frozenset({CallStatus.FAILED, CallStatus.CUT, CallStatus.INTERRUPTED})
"""Calls that ended badly by no fault of their caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A moment within a span."""

    name: str
    at: datetime
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. `parent_id` "" for the root. `is_server`: it serves a caller; else it asks a vendor.

    `error`: a class of error; "" when it is well.
    """

    name: str
    span_id: str
    parent_id: str
    is_server: bool
    start: datetime
    end: datetime
    attributes: Mapping[str, Value]
    error: str = ""
    events: Sequence[Event] = field(default=())


def trace_of_record(record: CallRecord) -> Trace:
    """The trace that the call belongs to."""
    caller = record.call.caller
    return trace_of(record.call.id, read(caller.traceparent, caller.tracestate))


def spans_of(record: CallRecord, dialect: Dialect, *, content: bool = False) -> list[Span]:
    """The call's span, then those of its attempts. With `content` prompt and answer, where the record has them."""
    return [_call(record, dialect, content), *(_attempt(record, attempt, dialect) for attempt in record.trail.attempts)]


def _call(record: CallRecord, dialect: Dialect, content: bool) -> Span:
    call, trail = record.call, record.trail
    error = str(record.failure.error_class) if record.failure else str(record.status)
    facts: dict[Fact, Value | None] = {Fact.OPERATION: "chat", Fact.STREAM: call.stream}
    if content:
        facts[Fact.PROMPT] = _words("user", record.prompt, dialect)
        facts[Fact.ANSWER] = _words("assistant", record.answer, dialect)
    own: dict[str, Value | None] = {
        "llm.call_id": call.id,
        "llm.request_id": call.request_id,
        "llm.route": call.route,
        "llm.origin": call.caller.origin,
        "llm.consumer": call.caller.consumer,
        "llm.team": call.caller.team,
        "llm.status": str(record.status),
        "llm.provider": record.provider,
        "llm.attempts": len(trail.attempts),
        "llm.resumed": record.resumed,
        "llm.failover_from": record.failover_from,
        "llm.failover_why": record.failover_why,
        "llm.cost_usd": None if trail.whole_cost_usd is None else float(trail.whole_cost_usd),
    }
    return Span(
        name=f"chat {call.route}",
        span_id=span_id(call.id),
        parent_id=trace_of_record(record).parent_id,
        is_server=True,
        start=call.started_at,
        end=call.started_at + timedelta(seconds=record.elapsed_s),
        attributes=_attributes(facts, own, dialect),
        error=error if record.status in UNANSWERED else "",
        events=[
            Event(
                name="llm.skip",
                at=call.started_at,
                attributes={"llm.provider": skip.provider, "llm.reason": str(skip.reason)},
            )
            for skip in trail.skips
        ],
    )


def _attempt(record: CallRecord, attempt: Attempt, dialect: Dialect) -> Span:
    usage, failure = attempt.usage, attempt.failure
    facts: dict[Fact, Value | None] = {
        Fact.OPERATION: "chat",
        Fact.VENDOR: VENDORS.get(attempt.kind, attempt.kind),
        Fact.ASKED_MODEL: attempt.model,
        Fact.ANSWERED_MODEL: attempt.answered_model,
        Fact.STREAM: record.call.stream,
        Fact.FIRST_TOKEN_S: attempt.first_token_s,
        Fact.INPUT: usage.input,
        Fact.OUTPUT: usage.output,
        Fact.CACHE_READ: usage.cached or None,
        Fact.CACHE_WRITTEN: usage.cache_written or None,
        Fact.REASONING: usage.reasoning or None,
    }
    cost = attempt.cost.usd if attempt.cost and not attempt.cost.unpriced else None
    own: dict[str, Value | None] = {
        "llm.provider": attempt.provider,
        "llm.seq": attempt.seq,
        "llm.outcome": str(attempt.outcome),
        "llm.reason": str(attempt.reason),
        "llm.vendor_request_id": attempt.vendor_request_id,
        "gen_ai.usage.cost": None if cost is None else float(cost),  # no convention's name; Langfuse reads it
        "http.response.status_code": failure.http_status if failure else None,
    }
    failed = str(failure.error_class) if failure else str(attempt.outcome)
    return Span(
        name=f"chat {attempt.model}",
        span_id=span_id(record.call.id, attempt.seq),
        parent_id=span_id(record.call.id),
        is_server=False,
        start=attempt.started_at,
        end=attempt.started_at + timedelta(seconds=attempt.duration_s),
        attributes=_attributes(facts, own, dialect),
        error="" if attempt.outcome is Outcome.OK else failed,
    )


def _attributes(
    facts: Mapping[Fact, Value | None], own: Mapping[str, Value | None], dialect: Dialect
) -> dict[str, Value]:
    """What is known, by name; empty texts and what the dialect has no name for are left out."""
    named = ((name_of(fact, dialect), value) for fact, value in facts.items())
    return {name: value for name, value in (*named, *own.items()) if name and value is not None and value != ""}


def _words(role: str, text: str, dialect: Dialect) -> str:
    """A text as the dialect writes content: plain, or as messages with parts."""
    if dialect is Dialect.OLD or not text:
        return text
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False)
