"""Operators' overrides in the configuration of every worker, and in the timeline."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from llm.core.circuit.override import Action, Mode, Override
from llm.core.circuit.state import Circuit
from llm.models import CircuitEvent, Provider
from llm.models import Override as Row
from llm.stores.circuits import overrides
from llm.stores.config import changes
from llm.stores.config.snapshot import ConfigStore
from llm.stores.data_thread import DataThread
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workers() -> Iterator[tuple[ConfigStore, ConfigStore]]:
    """Two processes' stores."""
    threads = (DataThread(), DataThread())
    yield (ConfigStore(threads[0]), ConfigStore(threads[1]))
    for thread in threads:
        thread.close()


@pytest.fixture(autouse=True)
def claude(transactional_db: None) -> Provider:
    return Provider.objects.create(name="claude", kind="claude", model="m-1", priority=10)


def drained(*, until: datetime | None = None, mode: Mode = Mode.DRAIN, by: str = "ada") -> Override:
    return Override(mode=mode, by=by, at=datetime.now(UTC), until=until, reason="new key")


def seen(store: ConfigStore) -> Override | None:
    return asyncio.run(store.current()).candidates["claude"].override


def events() -> list[tuple[str, str, str, str, str]]:
    rows = CircuitEvent.objects.filter(provider="claude").order_by("at", "id")
    return [(e.before, e.after, e.reason, e.detail, e.by) for e in rows]


def test_both_of_two_workers_hear_of_it_and_of_its_end_within_two_seconds(
    workers: tuple[ConfigStore, ConfigStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [seen(store) for store in workers] == [None, None]
    monkeypatch.setattr(changes, "generation", lambda: 0)  # as in another process: only the version row tells
    word = drained()
    overrides.put("claude", word)
    assert all(eventually(lambda s=store: seen(s) == word, within_s=20) for store in workers)
    overrides.lift("claude", by="bob", reason="", now=datetime.now(UTC))
    assert all(eventually(lambda s=store: seen(s) is None, within_s=20) for store in workers)


def test_this_worker_knows_at_once(workers: tuple[ConfigStore, ConfigStore]) -> None:
    assert seen(workers[0]) is None
    word = drained()
    overrides.put("claude", word)
    assert seen(workers[0]) == word


def test_a_newer_word_takes_the_place_of_the_older() -> None:
    overrides.put("claude", drained())
    word = drained(mode=Mode.FORCE_CLOSED, by="bob")
    overrides.put("claude", word)
    assert overrides.read_all() == {"claude": word}
    assert Row.objects.filter(released_at=None).count() == 1
    assert [event[:2] for event in events()] == [("closed", "drain"), ("drain", "force_closed")]


def test_the_timeline_names_what_why_and_by_whom() -> None:
    overrides.put("claude", drained())
    overrides.lift("claude", by="bob", reason="key is in", now=datetime.now(UTC))
    assert events() == [
        ("closed", "drain", "draining", "new key", "ada"),
        ("drain", "closed", "release", "key is in", "bob"),
    ]


def test_there_is_nothing_to_release_where_nothing_holds() -> None:
    assert not overrides.lift("claude", by="bob", reason="", now=datetime.now(UTC))
    overrides.put("claude", drained(until=datetime.now(UTC) + timedelta(seconds=1)))
    assert not overrides.lift("claude", by="bob", reason="", now=datetime.now(UTC) + timedelta(seconds=2))
    assert [event[1] for event in events()] == ["drain"]
    assert overrides.read_all() == {}


def test_a_row_of_an_unknown_mode_is_left_out() -> None:
    Row.objects.create(provider="claude", mode="sleep", by="ada", at=datetime.now(UTC))
    assert overrides.read_all() == {}


def test_a_note_changes_no_state() -> None:
    overrides.note("claude", Action.PROBE, Circuit(), detail="well: well", by="ada", now=datetime.now(UTC))
    assert events() == [("closed", "closed", "probe", "well: well", "ada")]
