"""Text that comes in pieces is well-formed whole, and however it is cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.well_formed import JsonTextJoiner, TextJoiner, well_formed, well_formed_json

LETTERS = st.text(alphabet=["a", "\\", "u", "d", "8", "3", '"', "\ud83d", "\ude00", "é", "😀"], max_size=20)
VALUES = st.text(alphabet=["a", "\\", '"', "u", "d", "8", "3", "\ud83d", "\ude00", "\n", "é"], max_size=12)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(ends)]


def joined(joiner: TextJoiner | JsonTextJoiner, pieces: list[str]) -> list[str]:
    return [*(joiner.feed(piece) for piece in pieces), joiner.end()]


@given(LETTERS, st.lists(st.integers(min_value=0)))
def test_pieces_of_text_are_well_formed_each_and_together(text: str, places: list[int]) -> None:
    out = joined(TextJoiner(), cut(text, places))
    assert "".join(out) == well_formed(text)
    for piece in out:
        piece.encode()


@given(VALUES, st.lists(st.integers(min_value=0)), st.booleans())
def test_pieces_of_json_are_the_whole_json(value: str, places: list[int], ascii_only: bool) -> None:
    written = json.dumps({"q": value}, ensure_ascii=ascii_only)
    out = joined(JsonTextJoiner(), cut(written, places))
    assert "".join(out) == well_formed_json(written)
    for piece in out:
        piece.encode()
    json.dumps(json.loads("".join(out)), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (['{"q": "\\ud8', "3d\\ude0", '0"}'], '{"q": "\\ud83d\\ude00"}'),
        (['{"q": "caf\\ud83d', '"}'], '{"q": "caf\\ufffd"}'),
        (['{"q": "C:\\', '\\ud83d"}'], '{"q": "C:\\\\ud83d"}'),
        (['{"q": "\ud83d', '\ude00"}'], '{"q": "😀"}'),
        (['{"q": "\\u'], '{"q": "\\u'),
    ],
)
def test_an_escape_waits_for_its_rest(pieces: list[str], whole: str) -> None:
    assert "".join(joined(JsonTextJoiner(), pieces)) == whole
