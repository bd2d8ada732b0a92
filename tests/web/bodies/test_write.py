"""JSON as it goes out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.bodies.write import json_bytes, json_response

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_is_read_back_by_pythons_reader(value: dict[str, Any]) -> None:
    assert json.loads(json_bytes(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": "é", "b": [1, 2]}, '{"a":"é","b":[1,2]}'),
        ({"text": "half \ud83d"}, '{"text":"half \\ud83d"}'),
        ({"count": 2**70}, f'{{"count":{2**70}}}'),
        ({"none": float("nan")}, '{"none":null}'),
    ],
    ids=["utf8-without-blanks", "half-a-pair", "a-long-integer", "nan"],
)
def test_an_object_is_written_so(value: dict[str, Any], written: str) -> None:
    assert json_bytes(value).decode() == written


def test_deep_values_are_written() -> None:
    value: dict[str, Any] = {}
    for _ in range(300):
        value = {"in": value}
    assert json.loads(json_bytes(value)) == value


def test_what_json_does_not_know_is_an_error() -> None:
    with pytest.raises(TypeError):
        json_bytes({"set": {1}})


def test_a_response_has_its_type_status_and_headers() -> None:
    response = json_response({"a": 1}, status=201, headers={"X-Of": "ours"})
    assert (response.status_code, response["Content-Type"], response["X-Of"]) == (201, "application/json", "ours")
    assert response.content == b'{"a":1}'
