"""A populated log of an older release becomes partitioned under writers: nothing is lost, nothing doubled."""

import threading
from datetime import timedelta
from itertools import islice

import pytest
from django.db import connection
from django.utils import timezone

from llm.ids import attempt_id
from llm.models import Attempt, Call
from llm.services import partitions
from llm.services.partitions import Action, ConversionError
from llm.stores.calls import rows as call_rows
from llm.stores.calls.usage import prune
from llm.stores.partitions import border
from llm.stores.partitions.catalog import TABLES, is_partitioned
from tests.stores.calls.records import a_call, a_record, an_attempt
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("plain_tables")


def run_steps(count: int | None = None) -> list[Action]:
    return [step.action for step in islice(partitions.run(lambda _: None), count)]


@pytest.fixture
def old_calls() -> int:
    """Calls of the last 100 days, each with two attempts whose ids tell no time."""
    moments = [timezone.now() - timedelta(days=day) for day in range(100)]
    attempts = (an_attempt(), an_attempt(seq=2))
    call_rows.insert([a_record(call=a_call(started_at=at), attempts=attempts) for at in moments])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE llm_attempt SET id = gen_random_uuid()")
    return len(moments)


def assert_whole(calls: int) -> None:
    assert all(map(is_partitioned, TABLES))
    assert Call.objects.count() == calls
    found = list(Attempt.objects.values_list("id", "call_id", "seq"))
    assert len(found) == 2 * calls
    assert all(own_id == attempt_id(call_id, seq) for own_id, call_id, seq in found)


def test_it_converts_and_a_repetition_has_nothing_to_do(old_calls: int) -> None:
    assert [step.action for step in partitions.planned()] == [
        Action.REWRITE_IDS, Action.CHECK_BORDER, Action.SWAP, Action.CHECK_BORDER, Action.SWAP,
    ]  # fmt: skip
    run_steps()
    assert_whole(old_calls)
    assert partitions.planned() == []
    assert run_steps() == [Action.MAKE_AHEAD]


@pytest.mark.parametrize("done", range(6))
def test_a_run_that_ended_after_any_step_is_gone_on_with(old_calls: int, done: int) -> None:
    run_steps(done)
    run_steps()
    assert_whole(old_calls)


def test_writers_go_on_meanwhile(old_calls: int) -> None:
    written, stop = 0, threading.Event()

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            attempts = (an_attempt(), an_attempt(seq=2))
            call_rows.insert([a_record(call=a_call(started_at=timezone.now()), attempts=attempts)])
            written += 1
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    run_steps()
    by_then = written
    assert eventually(lambda: written > by_then + 1)
    stop.set()
    thread.join(30)
    assert_whole(old_calls + written)


def test_a_record_stored_by_the_old_release_is_not_doubled_by_its_recovery(old_calls: int) -> None:
    call = a_call(started_at=timezone.now())
    record = a_record(call=call, attempts=(an_attempt(), an_attempt(seq=2)))
    call_rows.insert([record])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE llm_attempt SET id = gen_random_uuid() WHERE call_id = %s", [call.id])
    call_rows.insert([record])
    run_steps()
    assert_whole(old_calls + 1)


def test_retention_empties_the_old_tables_partition_in_batches_until_it_may_be_dropped(old_calls: int) -> None:
    run_steps()
    assert 69 <= prune(timedelta(days=30), exact=False) <= 70
    assert Call.objects.filter(started_at__lt=timezone.now() - timedelta(days=31)).count() == 0


def test_views_of_others_are_named_before_anything_is_done() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW spend AS SELECT cost_usd FROM llm_call")
    with pytest.raises(ConversionError, match="llm_call has views, triggers or foreign keys of others: spend"):
        run_steps()


def test_an_abandoned_border_is_withdrawn_before_it_refuses_rows(old_calls: int) -> None:
    run_steps(2)
    assert border.read_border("llm_attempt") is not None
    border.withdraw_late_border()
    assert border.read_border("llm_attempt") is not None
    border.withdraw_border("llm_attempt")
    border.set_border("llm_attempt", border.border_week(timezone.now() - timedelta(days=20)).first_id)
    border.withdraw_late_border()
    assert border.read_border("llm_attempt") is None


def test_rights_of_other_accounts_are_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON llm_call TO PUBLIC")
    run_steps()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege_type FROM pg_class, aclexplode(relacl) WHERE relname = 'llm_call' AND grantee = 0"
        )
        assert cursor.fetchall() == [("SELECT",)]
