"""Titles of conversations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.store import MAX_TITLE, title_of


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Fuite d'eau à Akwa", "Fuite d'eau à Akwa"),
        ("  Fuite\n\n d'eau ", "Fuite d'eau"),
        (" \n ", ""),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("mot " * 30, "mot " * 18 + "mot…"),
    ],
)
def test_a_title_is_the_beginning_of_the_message(message: str, title: str) -> None:
    assert title_of(message) == title


@given(st.text(max_size=300))
def test_every_title_fits_its_column(message: str) -> None:
    assert len(title_of(message)) <= MAX_TITLE
