"""A request's JSON: what no vendor can be sent is refused by the name of its place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.bodies.strict_json import MAX_DIGITS, parse_object
from web.bodies.structure import DEEPEST
from web.errors import ApiError


def refusal(body: str | bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        parse_object(body.encode() if isinstance(body, str) else body)
    assert (caught.value.status, caught.value.code) == (400, "invalid_json")
    return caught.value


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"temperature": NaN}', "temperature"),
        ('{"a": 1, "tools": [{"f": {"max": Infinity}}]}', "tools[0].f.max"),
        ('{"a": [1, -Infinity]}', "a[1]"),
        ('{"a": {"b": 1e400}}', "a.b"),
        ('{"a": {"b": -1e999}}', "a.b"),
        (f'{{"seed": {"9" * (MAX_DIGITS + 1)}}}', "seed"),
        ('{"messages": [{"content": "Bonjour"}, {"content": "\\ud83d fin"}]}', "messages[1].content"),
        ('{"user": "\\ude00"}', "user"),
        ('{"x": {"\\ud83d": 1}}', "x"),
    ],
)
def test_a_value_that_cannot_be_sent_is_named(body: str, place: str) -> None:
    error = refusal(body)
    assert error.param == place
    assert error.message.startswith(f"{place}: ")


def test_the_first_of_several_faults_is_named() -> None:
    assert refusal('{"a": [1, {"b": 1e400}], "c": NaN}').param == "a[1].b"


def test_a_fault_without_a_field_has_a_sentence_alone() -> None:
    error = refusal("NaN")
    assert (error.param, error.message) == (None, "NaN is no JSON number.")


@pytest.mark.parametrize("opening", ['{"a":', "["])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 1_000, 100_000])
def test_deep_nesting_is_named_by_its_field(opening: str, depth: int) -> None:
    closing = "}" if opening[0] == "{" else "]"
    error = refusal('{"model": "m", "tools": ' + opening * depth + "1" + closing * depth + ', "n": 1}')
    assert error.param == "tools"
    assert "nested too deeply" in error.message


def test_brackets_inside_of_texts_are_no_nesting() -> None:
    text = "{[" * 500 + '"\\'
    assert parse_object(json.dumps({"a": text, "b": [text]}).encode()) == {"a": text, "b": [text]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff{}", "UTF-8"),
        (b'{"a": }', "line 1, column 7"),
        (b"[1]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"", "not valid JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_explained(body: bytes, said: str) -> None:
    error = refusal(body)
    assert said in error.message
    assert error.param is None


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_whole_pairs_and_other_escapes_are_taken(prefix: bytes) -> None:
    body = prefix + b'{"a": "\\ud83d\\ude00 caf\\u00e9 \\\\ud83d", "b": 1.5e300}'
    assert parse_object(body) == {"a": "😀 café \\ud83d", "b": 1.5e300}


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**MAX_DIGITS // 10])
def test_a_long_integer_keeps_all_its_digits(number: int) -> None:
    read = parse_object(b'{"a": [%d]}' % number)["a"][0]
    assert (type(read), read) == (int, number)


def test_of_two_fields_of_one_name_the_last_counts() -> None:
    assert parse_object(b'{"a": 1, "b": 2, "a": 3}') == {"a": 3, "b": 2}


def test_the_deepest_nesting_that_is_allowed_is_read() -> None:
    body = b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"
    assert json.dumps(parse_object(body), separators=(",", ":")).encode() == body


@pytest.mark.parametrize(
    "body", [b'{"a": "\t\n"}', b'{"a": "\xff"}', b'{"a": 01}', b'{"a": .5}', b"{'a': 1}", b'{"a": 1,}']
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert "valid" in refusal(body).message


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON_VALUES), st.booleans())
def test_every_sendable_object_is_read_as_it_is(value: dict[str, Any], ascii_only: bool) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_no_bytes_raise_anything_but_a_400(body: bytes) -> None:
    with suppress(ApiError):
        json.dumps(parse_object(body), allow_nan=False, ensure_ascii=False).encode()
