from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.paging import BadCursor, Cursor

times = st.datetimes(datetime(1970, 1, 1), datetime(4000, 1, 1), timezones=st.just(UTC))


@given(times, st.uuids())
def test_a_cursor_comes_back_as_it_went(created_at: datetime, id: object) -> None:
    cursor = Cursor(created_at=created_at, id=id)  # type: ignore[arg-type]  # hypothesis's UUID
    assert Cursor.read(str(cursor)) == cursor


@given(st.text() | st.from_regex(r"[0-9a-f]{1,20}-[0-9a-f]{30,34}", fullmatch=True))
def test_any_other_text_is_refused_as_no_cursor(text: str) -> None:
    try:
        read = Cursor.read(text)
    except BadCursor:
        return
    assert read.created_at.tzinfo is UTC


def test_the_latest_time_that_can_be_written_can_be_read() -> None:
    assert Cursor.read("f" * 14 + "-" + "0" * 32).created_at.year == 4253
    with pytest.raises(BadCursor):
        Cursor.read("f" * 15 + "-" + "0" * 32)
