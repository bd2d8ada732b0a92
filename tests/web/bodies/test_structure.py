"""Deep nesting and numerous values are found before the JSON is parsed, whatever its texts hold."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web.bodies import structure
from web.bodies.strict_json import parse_object
from web.bodies.structure import DEEPEST, MAX_VALUES, PIECE, Excess, excess_of
from web.errors import ApiError

TEXTS = st.text(alphabet='"\\,[]{}ab\n\u00e9', max_size=12)
VALUES = st.recursive(TEXTS | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))


def _values(value: Any) -> int:
    """Lists, objects and the commas in them."""
    if isinstance(value, list):
        return max(1, len(value)) + sum(map(_values, value))
    if isinstance(value, dict):
        return max(1, len(value)) + sum(map(_values, value.values()))
    return 0


@given(VALUES, st.integers(1, 7))
@example(["a\\"] * 3, 2)
@example({"a": '\\\\"'}, 3)
def test_the_count_is_exact_whatever_the_texts_hold(value: Any, piece: int) -> None:
    body, count = json.dumps(value).encode(), _values(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structure, "PIECE", piece)
        for most, is_beyond in ((count, False), (max(0, count - 1), count > 0)):
            patch.setattr(structure, "MAX_VALUES", most)
            patch.setattr(structure, "DEEPEST", 100)
            assert (excess_of(body) is not None) is is_beyond


@pytest.mark.parametrize("before", ["", "x" * 10, "x" * (3 * PIECE), '\\"' * PIECE])
def test_half_a_million_blocks_are_refused_by_the_field_that_holds_them(before: str) -> None:
    blocks = json.dumps([{"type": "text", "text": "x"}] * 500_000)
    body = f'{{"model": "{before}", "messages": [{{"content": {blocks}}}], "n": 1}}'.encode()
    assert excess_of(body) == Excess(field="messages", is_deep=False)
    with pytest.raises(ApiError) as caught:
        parse_object(body)
    assert (caught.value.status, caught.value.param) == (400, "messages")
    assert f"{MAX_VALUES:,}" in caught.value.message


def test_texts_full_of_brackets_are_few_values() -> None:
    body = json.dumps({"messages": [{"content": '{"a": [1, 2, 3]},' * 100_000}]}).encode()
    assert excess_of(body) is None


def test_the_depth_is_followed_from_piece_to_piece() -> None:
    wide = "[" + "[1]," * PIECE + "1]"
    at_the_bound = '{"a":' + "[" * (DEEPEST - 3) + wide + "]" * (DEEPEST - 3) + "}"
    assert excess_of(at_the_bound.encode()) is None
    beyond = '{"b":' + "[" * (DEEPEST - 2) + wide + "]" * (DEEPEST - 2) + "}"
    assert excess_of(beyond.encode()) == Excess(field="b", is_deep=True)


def test_pairs_that_are_escaped_pass_and_halves_do_not() -> None:
    assert parse_object(rb'{"a": "\ud83d\ude00 \\ud83d"}') == {"a": "\U0001f600 \\ud83d"}
    for half in (rb"\ud83d", rb"\ude00", rb"\ude00\ud83d", rb"\\\ud83d", rb"\ud83d\\\ude00", rb"\\ud83d\ude00"):
        with pytest.raises(ApiError) as caught:
            parse_object(b'{"a": "' + half + b'"}')
        assert caught.value.param == "a"
