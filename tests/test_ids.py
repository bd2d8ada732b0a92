"""Our identifiers: in the order of time, each given once, in every thread and process."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from llm.ids import RandomBytes, largest, moment, smallest, uuid7


@given(at=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_an_id_bears_its_millisecond_and_the_marks_of_its_version(at):
    made = uuid7(at)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert moment(made) == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert smallest(at) <= made <= largest(at)


def test_no_two_threads_get_one_id():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with ThreadPoolExecutor(8) as threads:
        made = [made for some in threads.map(lambda _: [uuid7(at) for _ in range(1000)], range(8)) for made in some]
    assert len(set(made)) == 8000


def test_bytes_are_given_once_and_fetched_many_at_a_time(monkeypatch):
    fetched = []
    real = os.urandom

    def urandom(count):
        fetched.append(real(count))
        return fetched[-1]

    monkeypatch.setattr(os, "urandom", urandom)
    source = RandomBytes()
    given_ = b"".join(source.take(10) for _ in range(801))
    assert len(fetched) == 3
    assert given_ == b"".join(fetched)[: len(given_)]


def test_a_forked_process_gives_other_bytes():
    source = RandomBytes()
    source.take(10)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, source.take(10))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) != source.take(10)
