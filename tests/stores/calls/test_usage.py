"""Old calls are deleted, and their sums stay."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from llm.core.calls import CallStatus
from llm.models import Attempt, Call, UsageSum
from llm.stores.calls import rows as call_rows
from llm.stores.calls.usage import prune
from llm.stores.usage.rollup import roll_up
from tests.stores.calls.records import a_call, a_record


def keep(*records) -> None:
    call_rows.insert(records)


def at(moment, status=CallStatus.OK):
    return a_record(call=a_call(started_at=moment), status=status)


def sums() -> dict:
    names = ("calls", "attempts", "input_tokens", "cost_nano")
    return UsageSum.objects.filter(cube="outcome", grain="hour").aggregate(**{name: Sum(name) for name in names})


def test_pruning_deletes_old_calls_with_their_attempts_and_keeps_the_sums(database):
    now = timezone.now()
    old = [at(now - timedelta(days=40, hours=n)) for n in range(5) for _ in range(5)]
    young = [at(now - timedelta(days=20))]
    keep(*old, *young)
    roll_up(now)
    before = sums()
    counts: list[int] = []
    assert prune(timedelta(days=30), progress=counts.append) == 25
    assert counts == [5, 10, 15, 20, 25]
    assert [str(call.pk) for call in Call.objects.all()] == [record.call.id for record in young]
    assert Attempt.objects.count() == 1
    assert sums() == before
    roll_up(now)
    assert sums() == before


def test_pruning_sums_what_was_never_summed(database):
    keep(*(at(timezone.now() - timedelta(days=40)) for _ in range(3)))
    assert prune(timedelta(days=30)) == 3
    assert sums()["calls"] == 3


def test_an_interrupted_pruning_keeps_the_sums(database):
    keep(*(at(timezone.now() - timedelta(days=40, hours=n)) for n in (0, 0, 5, 5, 5)))

    def broken_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prune(timedelta(days=30), progress=broken_off)
    assert Call.objects.count() == 2
    roll_up()
    assert prune(timedelta(days=30)) == 2
    assert sums()["calls"] == 5


def test_a_record_that_comes_after_its_hour_was_pruned_is_added_and_deleted(database):
    moment = timezone.now() - timedelta(days=40)
    keep(at(moment), at(moment))
    prune(timedelta(days=30))
    keep(at(moment))
    roll_up()
    assert (sums()["calls"], Call.objects.count(), Attempt.objects.count()) == (3, 0, 0)
    roll_up()
    assert sums()["calls"] == 3


def test_an_hour_that_is_not_wholly_older_stays(database):
    now = timezone.now()
    keep(at(now - timedelta(seconds=1)))
    assert prune(timedelta(0)) in (0, 1)  # 1 when a new hour has just begun
    keep(at(now + timedelta(minutes=5)))
    assert prune(timedelta(0)) == 0
