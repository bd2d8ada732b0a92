import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from llm.core.calls import Attempt, CallInfo, CallRecord, CallStatus, Outcome
from llm.core.failures.policy import ErrorClass
from llm.stores.calls.codec import decode, encode, encode_json
from tests.stores.calls.records import a_call, a_record, records

RECORDED = [json.loads(line) for line in (Path(__file__).parent / "recorded_journal.jsonl").read_text().splitlines()]
"""Lines of a journal, written by the release before pydantic."""
BEGUN, ANSWERED, EMPTY, REFUSED = RECORDED


@given(record=records)
def test_encoding_and_decoding_preserves_every_record(record):
    assert decode(CallRecord, json.loads(json.dumps(encode(record)))) == record


def test_defaults_are_left_out():
    assert "failure" not in encode(a_record())
    assert "skips" not in encode(a_record())["trail"]


def test_fields_of_another_release_are_ignored():
    call = a_call()
    assert decode(CallInfo, {**encode(call), "invented_later": 1}) == call


@pytest.mark.parametrize("data", [None, [], "text", {}, {"id": 3}, {"id": "x", "started_at": "never"}])
def test_other_data_raises_a_value_error(data):
    with pytest.raises(ValueError, match="Invalid CallInfo"):
        decode(CallInfo, data)


def test_the_reason_names_the_field_and_not_the_text_in_it():
    with pytest.raises(ValueError, match="started_at") as caught:
        decode(CallInfo, {**encode(a_call()), "started_at": "a caller's words"})
    assert "words" not in str(caught.value)


def test_recorded_lines_keep_their_meaning():
    call, attempt = decode(CallInfo, BEGUN["call"]), decode(Attempt, BEGUN["attempt"])
    assert (call.caller.consumer, call.caller.user_id, call.stream) == ("ada", 3, True)
    assert call.started_at == datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
    assert (attempt.outcome, attempt.first_token_s, attempt.usage.total) == (Outcome.FAILED, None, 0)
    assert attempt.failure.error_class is ErrorClass.RATE_LIMITED
    assert attempt.failure.until == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    answered = decode(CallRecord, ANSWERED["record"])
    assert (answered.status, answered.dropped, answered.answer) == (CallStatus.OK, ("seed",), "Salut \u00e9")
    assert [attempt.usage.total for attempt in answered.trail.attempts] == [0, 15]

    assert decode(CallRecord, EMPTY["record"]).trail.attempts == ()
    refused = decode(CallRecord, REFUSED["record"]).failure
    assert (refused.message, refused.refusal.text, refused.usage.reasoning) == ("no \ud800", "I will not.", 2)


@pytest.mark.parametrize(
    ("cls", "recorded"),
    [
        (CallInfo, BEGUN["call"]),
        (Attempt, BEGUN["attempt"]),
        (CallRecord, ANSWERED["record"]),
        (CallRecord, EMPTY["record"]),
        (CallRecord, REFUSED["record"]),
    ],
)
def test_what_is_written_today_is_what_the_older_release_wrote(cls, recorded):
    """Only the name of UTC differs; both releases read both forms."""
    written = json.dumps(encode(decode(cls, recorded)), sort_keys=True).replace('Z"', '+00:00"')
    assert json.loads(written) == recorded


@given(record=records)
def test_the_bytes_say_the_same_and_are_one_line(record):
    line = encode_json(record)
    assert b"\n" not in line
    assert json.loads(line) == json.loads(json.dumps(encode(record)))
