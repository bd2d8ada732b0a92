"""The hourly sums equal those over the calls, and survive their pruning."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm.core.calls import CallStatus
from llm.core.chat.response import Usage
from llm.models import Attempt, Call, HourlyUsage
from llm.stores.calls import rows as call_rows
from llm.stores.calls.usage import FAILED, SUMS, prune, roll_up
from tests.stores.calls.records import NOON, a_call, a_record, an_attempt

HOUR = timedelta(hours=1)


def keep(*records) -> None:
    call_rows.insert(records)


def at(moment, status=CallStatus.OK, *, consumer="alice", provider="claude", tokens=100):
    attempts = (an_attempt(usage=Usage(input=tokens, output=tokens // 2)),)
    return a_record(
        call=a_call(started_at=moment, consumer=consumer), status=status, provider=provider, attempts=attempts
    )


def sums() -> dict:
    return HourlyUsage.objects.aggregate(**{name: Sum(name) for name in SUMS})


def test_an_hours_sums_count_calls_by_their_status(database):
    keep(*(at(NOON + timedelta(minutes=n), status) for n, status in enumerate(CallStatus)))
    keep(at(NOON, CallStatus.STATIC, provider="static"))
    roll_up(NOON + HOUR)
    claude = HourlyUsage.objects.get(provider="claude")
    assert (claude.hour, claude.calls, claude.attempts) == (NOON, len(CallStatus), len(CallStatus))
    assert (claude.answered, claude.static, claude.failed) == (1, 1, len(FAILED))
    assert (claude.input_tokens, claude.output_tokens) == (100 * len(CallStatus), 50 * len(CallStatus))
    assert float(claude.cost_usd) == pytest.approx(float(Call.objects.aggregate(all=Sum("cost_usd"))["all"]) * 7 / 8)
    assert HourlyUsage.objects.get(provider="static").static == 1


def test_only_whole_hours_are_rolled_up(database):
    keep(at(NOON - HOUR), at(NOON), at(NOON + timedelta(minutes=30)))
    assert roll_up(NOON + timedelta(minutes=59)).hours == 1
    assert [row.hour for row in HourlyUsage.objects.all()] == [NOON - HOUR]


def test_rolling_up_twice_changes_nothing(database):
    keep(at(NOON), at(NOON, consumer="bob"))
    assert roll_up(NOON + HOUR).groups == 2
    before = sums()
    assert roll_up(NOON + HOUR).groups == 0
    assert sums() == before


def test_a_late_record_enters_the_sums(database):
    keep(at(NOON), at(NOON + 5 * HOUR))
    roll_up(NOON + 6 * HOUR)
    keep(at(NOON + timedelta(minutes=3)), at(NOON + 2 * HOUR))
    roll_up(NOON + 6 * HOUR)
    assert sums()["calls"] == 4
    assert HourlyUsage.objects.get(hour=NOON).calls == 2


moments = st.integers(0, 5 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
some_calls = st.lists(
    st.builds(
        at,
        moments,
        st.sampled_from(CallStatus),
        consumer=st.sampled_from(["alice", "bob"]),
        provider=st.sampled_from(["claude", "gemini", ""]),
        tokens=st.integers(0, 1_000_000),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(some_calls, min_size=1, max_size=3))
def test_the_sums_equal_those_over_the_calls_however_they_arrive(database, parts):
    Call.objects.all().delete()
    HourlyUsage.objects.all().delete()
    for part in parts:
        keep(*part)
        roll_up(NOON + 6 * HOUR)
    of_calls = Call.objects.aggregate(
        attempts=Sum("attempts_made"), input_tokens=Sum("input_tokens"), output_tokens=Sum("output_tokens")
    )
    of_hours = sums()
    assert (of_hours["calls"] or 0) == Call.objects.count()
    assert {name: of_hours[name] for name in of_calls} == of_calls
    cost = Call.objects.aggregate(all=Sum("cost_usd"))["all"] or Decimal(0)
    assert float(of_hours["cost_usd"] or 0) == pytest.approx(float(cost), abs=1e-8)


def test_pruning_deletes_old_calls_with_their_attempts_and_keeps_the_sums(database):
    now = timezone.now()
    old = [at(now - timedelta(days=40, minutes=n)) for n in range(25)]
    young = [at(now - timedelta(days=20))]
    keep(*old, *young)
    roll_up(now)
    before = sums()
    counts: list[int] = []
    assert prune(timedelta(days=30), batch=10, progress=counts.append) == 25
    assert counts == sorted(counts)
    assert counts[-1] == 25
    assert [str(call.pk) for call in Call.objects.all()] == [record.call.id for record in young]
    assert Attempt.objects.count() == 1
    assert sums() == before
    roll_up(now)
    assert sums() == before


def test_pruning_rolls_up_what_was_never_rolled_up(database):
    keep(*(at(timezone.now() - timedelta(days=40)) for _ in range(3)))
    assert prune(timedelta(days=30)) == 3
    assert sums()["calls"] == 3


def test_an_interrupted_pruning_keeps_the_sums(database):
    keep(*(at(timezone.now() - timedelta(days=40)) for _ in range(6)))

    def broken_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prune(timedelta(days=30), batch=2, progress=broken_off)
    assert Call.objects.count() == 4
    roll_up()
    assert prune(timedelta(days=30)) == 4
    assert sums()["calls"] == 6


def test_an_hour_that_is_not_wholly_older_stays(database):
    now = timezone.now()
    keep(at(now - timedelta(seconds=1)))
    assert prune(timedelta(0)) in (0, 1)  # 1 when a new hour has just begun
    keep(at(now + timedelta(minutes=5)))
    assert prune(timedelta(0)) == 0
