"""The event-stream reader: the same events however the network split the bytes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.adapters.transport.sse import MAX_EVENT, SSEReader, SSEvent, TooLong

LINES = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        b"data",
        b"data:",
        "data: Douala, marché de l'été".encode(),
        b"event: message_stop",
        b"event:ping",
        b"id: 7",
        b"retry: 10",
        b": a comment",
        b":",
        b"",
        b"",
        b'{"error": {',
        b"unknown: field",
    ]
)
ENDINGS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(LINES, ENDINGS), max_size=20))
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    tail = draw(st.sampled_from([b"", b"data: unfinished", b"event: e"]))
    return bom + b"".join(line + ending for line, ending in lines) + tail


def read(*chunks: bytes) -> list[SSEvent]:
    reader = SSEReader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return events + reader.close()


@given(stream=streams(), cuts=st.lists(st.integers(0, 400), max_size=12))
def test_any_split_of_the_bytes_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    chunks = [stream[start:end] for start, end in pairwise(places)]
    assert read(*chunks) == read(stream)


@given(stream=streams())
def test_byte_by_byte_gives_the_same_events_and_strays(stream: bytes) -> None:
    whole, single = SSEReader(), SSEReader()
    whole_events = whole.feed(stream) + whole.close()
    single_events = [event for byte in stream for event in single.feed(bytes([byte]))] + single.close()
    assert single_events == whole_events
    assert single.stray == whole.stray


def test_lines_of_data_are_joined_and_one_leading_space_is_taken() -> None:
    assert read(b"event: e\ndata:  a\ndata:b\n\n") == [SSEvent("e", b" a\nb")]


def test_all_three_line_endings_are_understood() -> None:
    expected = [SSEvent("", b"1"), SSEvent("", b"2")]
    assert read(b"data: 1\n\ndata: 2\n\n") == expected
    assert read(b"data: 1\r\n\r\ndata: 2\r\n\r\n") == expected
    assert read(b"data: 1\r\rdata: 2\r\r") == expected


def test_an_event_is_told_at_its_blank_line_even_when_that_ends_in_a_bare_cr() -> None:
    assert SSEReader().feed(b"data: 1\r\r") == [SSEvent("", b"1")]


def test_comments_ids_and_events_without_data_say_nothing() -> None:
    assert read(b": hello\n\nid: 4\nevent: ping\n\nretry: 5\n\n") == []


def test_a_name_lasts_for_one_event_only() -> None:
    assert read(b"event: a\ndata: 1\n\ndata: 2\n\n") == [SSEvent("a", b"1"), SSEvent("", b"2")]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read(b"\xef\xbb\xbfdata: 1\n\n") == [SSEvent("", b"1")]


def test_the_last_event_may_lack_its_blank_line() -> None:
    assert read(b"data: 1\n\ndata: 2") == [SSEvent("", b"1"), SSEvent("", b"2")]


def test_a_huge_event_in_small_pieces_is_read_whole() -> None:
    payload = b"x" * 1_000_000
    stream = b"data: " + payload + b"\n\n"
    assert read(*(stream[at : at + 1000] for at in range(0, len(stream), 1000))) == [SSEvent("", payload)]


def test_lines_that_are_no_sse_are_kept_aside() -> None:
    reader = SSEReader()
    reader.feed(b'data: 1\n\n{\n  "error": {\n    "code": 503\n  }\n}\n')
    assert b'"code": 503' in reader.stray


@pytest.mark.parametrize(
    "chunks",
    [
        [b"data: ", *[b"x" * 1024] * (MAX_EVENT // 1024)],
        [b"data: xxxxxxx\n" * 1024] * (MAX_EVENT // 8192 + 1),
        [b"data:\n" * 1024] * (MAX_EVENT // 1024 + 1),
    ],
    ids=["a line", "lines of data", "empty lines of data"],
)
def test_what_never_becomes_an_event_has_an_end(chunks: list[bytes]) -> None:
    with pytest.raises(TooLong):
        read(*chunks)
