"""Stop sequences that the gateway applies itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.adapters.fitting.stops import StopFilter

STOPS = ("END", "\n\nUser:")


def filtered(pieces: list[str], stops: tuple[str, ...] = STOPS) -> str:
    stop_filter = StopFilter(stops)
    return "".join([*(stop_filter.feed(piece) for piece in pieces), stop_filter.end()])


@pytest.mark.parametrize("pieces", [["one END two"], ["one E", "ND two"], ["one ", "E", "N", "D"], ["one END", " END"]])
def test_the_text_ends_before_the_sequence_however_it_is_cut(pieces: list[str]) -> None:
    assert filtered(pieces) == "one "


def test_the_beginning_of_a_sequence_that_does_not_come_goes_out() -> None:
    assert filtered(["one EN", "G"]) == "one ENG"
    assert filtered(["one EN"]) == "one EN"


def test_it_says_which_sequence_ended_the_text() -> None:
    stop_filter = StopFilter(STOPS)
    stop_filter.feed("a\n\nUser: b END")
    assert stop_filter.stopped == "\n\nUser:"


@given(st.lists(st.text(alphabet="abEND \n", max_size=6), max_size=12))
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert filtered(pieces) == filtered([text]) == text.split("END")[0].split("\n\nUser:")[0]
