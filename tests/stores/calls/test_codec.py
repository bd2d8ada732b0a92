import json

import pytest
from hypothesis import given

from llm.core.calls import CallInfo, CallRecord
from llm.stores.calls.codec import decode, encode
from tests.stores.calls.records import a_call, a_record, records


@given(record=records)
def test_every_record_survives_the_way_to_json_and_back(record):
    assert decode(CallRecord, json.loads(json.dumps(encode(record)))) == record


def test_defaults_are_left_out():
    assert "failure" not in encode(a_record())
    assert "skips" not in encode(a_record())["trail"]


def test_fields_of_another_release_are_ignored():
    call = a_call()
    assert decode(CallInfo, {**encode(call), "invented_later": 1}) == call


@pytest.mark.parametrize("data", [None, [], "text", {}, {"id": 3}, {"id": "x", "started_at": "never"}])
def test_what_is_no_record_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"CallInfo|Invalid isoformat"):
        decode(CallInfo, data)
