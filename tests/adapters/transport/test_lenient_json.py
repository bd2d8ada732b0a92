"""JSON as vendors send it, and numbers of tokens as they report them, plausible or not."""

import json
from typing import Any

import pytest

from llm.adapters.transport.json_body import written
from llm.adapters.transport.lenient_json import MAX_COUNT, count, parse_object


@pytest.mark.parametrize(
    ("reported", "tokens"),
    [
        (25, 25),
        (25.0, 25),
        (MAX_COUNT, MAX_COUNT),
        (MAX_COUNT + 1, 0),
        (99_999_999_999, 0),
        (-1, 0),
        (True, 0),
        ("9", 0),
    ],
)
def test_a_count_that_no_model_can_reach_is_none(reported: object, tokens: int) -> None:
    assert count({"output_tokens": reported}, "output_tokens") == tokens


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (b'{"a": [1, -0.5, 1e5, true, null, "\xc3\xa9\\u00e9"]}', {"a": [1, -0.5, 1e5, True, None, "éé"]}),
        (b'{"a": NaN, "b": -Infinity, "c": 1e400, "d": -1e999}', {"a": None, "b": None, "c": None, "d": None}),
        (b'{"a": 18446744073709551616, "b": -9223372036854775809}', {"a": 2**64, "b": -(2**63) - 1}),
        (b'{"a": 12345678901234567890123, "b": "x"}', {"a": 12345678901234567890123, "b": "x"}),
        (b'{"a": "\\ud83d", "b": "\\ud83d\\ude00", "c": "\\u0000"}', {"a": "\ud83d", "b": "😀", "c": "\x00"}),
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ud83d"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        ('{"a": "\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": "\xff"}', None),
        (b'{"a": "\x01"}', None),
        (b'{"a": 1} x', None),
        (b'["a"]', None),
        (b"", None),
        (b'{"a": ' + b"[" * 990 + b"]" * 990 + b"}", None),
        (b'{"a": ' * 5000, None),
    ],
)
def test_what_a_vendor_sends_is_read_by_one_rule_whoever_parses_it(said: bytes | str, read: Any) -> None:
    assert parse_object(said) == read


def test_many_brackets_are_read_as_few_are() -> None:
    body = {"a": [[index] for index in range(300)]}
    assert parse_object(json.dumps(body)) == body


@pytest.mark.parametrize(
    "body", [{"a": "é\u2028\x00", "b": [1, 2.5, None, True]}, {"a": 2**70}, {"a": (1, 2)}, {"é": {"": ""}}]
)
def test_a_body_is_written_as_the_sdks_write_it(body: Any) -> None:
    assert written(body) == json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_body_that_nests_deeply_is_written_and_half_a_character_is_not() -> None:
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep}
    assert json.loads(written(deep)) == deep
    with pytest.raises(ValueError, match="surrogates"):
        written({"a": "\ud83d"})
