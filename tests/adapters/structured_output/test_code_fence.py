"""A code fence comes off, in however many pieces the text arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.adapters.structured_output.code_fence import CodeFenceStripper, bare

TEXTS = [
    ("", ""),
    ("{}", "{}"),
    ("  {} ", "  {} "),
    ("```json\n{}\n```", "{}"),
    ("```\n{}\n```\n", "{}"),
    ("\n```JSON\n{}\n```", "{}"),
    ('```json\n{"a": "```"}\n```', '{"a": "```"}'),
    ("```json\n{}", "{}"),
    ("```json\n{}\n``", "{}\n``"),
    ("```json\n{}\n``` and more", "{}\n``` and more"),
    ("```", "```"),
    ("```json", "```json"),
    ("`{}`", "`{}`"),
    ("Here: ```json\n{}\n```", "Here: ```json\n{}\n```"),
    ("```json is the name of a format\n{}", "```json is the name of a format\n{}"),
]


@pytest.mark.parametrize(("text", "unfenced"), TEXTS)
def test_a_fence_around_the_whole_comes_off_and_no_other(text: str, unfenced: str) -> None:
    assert bare(text) == unfenced


fenced_alike = st.lists(st.sampled_from(["```", "`", "json", "\n", " ", "{", '"a"', "}", "x"]), max_size=14)


@given(pieces=fenced_alike)
def test_pieces_come_out_as_the_whole_would(pieces: list[str]) -> None:
    unfolding = CodeFenceStripper()
    told = [unfolding.feed(piece) for piece in pieces]
    assert "".join([*told, unfolding.close()]) == bare("".join(pieces))


@given(text=st.text(alphabet='{}[]"a1: ,\n`', max_size=60))
def test_what_is_in_a_fence_comes_out_to_the_letter(text: str) -> None:
    inner = "{" + text + "}"
    assert bare(f"```json\n{inner}\n```") == inner
