"""The spans of a failover, in both dialects of the conventions."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from llm.core.calls import Attempt, Caller, CallInfo, CallRecord, CallStatus, Outcome, Skip, SkipReason, Trail
from llm.core.chat.response import Usage
from llm.core.cost.value import Cost
from llm.core.failures.policy import ErrorClass, Failure
from llm.core.tracing.context import span_id
from llm.core.tracing.names import NAMES, Dialect, dialect_of
from llm.core.tracing.spans import spans_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALL = CallInfo(
    id="01a2239b-c296-75fd-8fd1-30251ec275f7",
    request_id="r",
    route="default",
    caller=Caller(traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    stream=True,
    started_at=NOW,
    traced=True,
)
FAILED = Attempt(
    seq=1,
    provider="claude",
    kind="claude",
    model="claude-x",
    outcome=Outcome.FAILED,
    started_at=NOW,
    duration_s=0.5,
    failure=Failure(error_class=ErrorClass.OVERLOADED, message="the vendor's own words", http_status=529),
)
ANSWERED = Attempt(
    seq=2,
    provider="gemini",
    kind="gemini",
    model="gemini-x",
    answered_model="gemini-x-1",
    outcome=Outcome.OK,
    started_at=NOW + timedelta(seconds=0.5),
    duration_s=1.0,
    first_token_s=0.2,
    usage=Usage(input=100, output=20, cached=40, reasoning=5),
    cost=Cost(usd=Decimal("0.25")),
)
RECORD = CallRecord(
    call=CALL,
    status=CallStatus.OK,
    trail=Trail(attempts=(FAILED, ANSWERED), skips=(Skip(provider="openai", reason=SkipReason.NO_KEY),)),
    provider="gemini",
    elapsed_s=1.5,
    fallback=True,
    failover_from="claude",
    failover_why="overloaded",
    prompt="user: Where is it?",
    answer="There.",
)


def test_a_failover_reads_as_it_was():
    call, failed, answered = spans_of(RECORD, Dialect.LATEST)
    assert (call.is_server, failed.is_server, answered.is_server) == (True, False, False)
    assert call.parent_id == "00f067aa0ba902b7"
    assert failed.parent_id == answered.parent_id == call.span_id == span_id(CALL.id)
    assert (failed.error, answered.error, call.error) == ("overloaded", "", "")
    assert (failed.end, answered.start, call.end) == (answered.start, failed.end, NOW + timedelta(seconds=1.5))
    assert call.attributes["llm.failover_from"] == "claude"
    assert [(event.name, event.attributes["llm.reason"]) for event in call.events] == [("llm.skip", "no_key")]
    assert failed.attributes["http.response.status_code"] == 529


def test_both_dialects_tell_the_same_under_their_own_names():
    (_, _, old), (_, _, latest) = spans_of(RECORD, Dialect.OLD), spans_of(RECORD, Dialect.LATEST)
    assert old.attributes["gen_ai.system"] == latest.attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert "gen_ai.system" not in latest.attributes
    assert "gen_ai.usage.cache_read.input_tokens" not in old.attributes
    assert latest.attributes["gen_ai.usage.cache_read.input_tokens"] == 40
    for fact, (old_name, latest_name) in NAMES.items():
        if old_name in old.attributes:
            assert latest.attributes[latest_name] == old.attributes[old_name], fact
    assert latest.attributes["gen_ai.usage.cost"] == 0.25


@pytest.mark.parametrize("dialect", Dialect)
def test_neither_content_nor_vendors_words_unless_asked(dialect):
    spans = spans_of(RECORD, dialect)
    told = " ".join(str(value) for span in spans for value in [*span.attributes.values(), span.error])
    assert "Where" not in told
    assert "There." not in told
    assert "own words" not in told


def test_content_in_each_dialect():
    (old, *_), (latest, *_) = (
        spans_of(RECORD, Dialect.OLD, content=True),
        spans_of(RECORD, Dialect.LATEST, content=True),
    )
    assert old.attributes["gen_ai.completion"] == "There."
    [message] = json.loads(latest.attributes["gen_ai.output.messages"])
    assert message == {"role": "assistant", "parts": [{"type": "text", "content": "There."}]}
    empty = replace(RECORD, prompt="", answer="")
    assert "gen_ai.input.messages" not in spans_of(empty, Dialect.LATEST, content=True)[0].attributes


@pytest.mark.parametrize(
    ("status", "error"),
    [(CallStatus.FAILED, "failed"), (CallStatus.CUT, "cut"), (CallStatus.STATIC, ""), (CallStatus.REJECTED, "")],
)
def test_a_call_is_an_error_when_it_ended_badly_by_no_fault_of_its_caller(status, error):
    assert spans_of(replace(RECORD, status=status), Dialect.OLD)[0].error == error


def test_the_switch_is_a_list():
    assert dialect_of("http, gen_ai_latest_experimental") is Dialect.LATEST
    assert (dialect_of(""), dialect_of("http")) == (Dialect.OLD, Dialect.OLD)
