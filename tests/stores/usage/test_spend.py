"""What calls have cost, by the hour and to the moment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from llm.models import Attempt
from llm.stores.calls import rows as call_rows
from llm.stores.usage.spend import spend_by_hour, spent
from tests.stores.calls.records import NOON, a_call, a_record, an_attempt

HOUR = timedelta(hours=1)


def a_cost(minutes: float, usd: str, *, provider: str = "claude", route: str = "default", origin: str = "api") -> None:
    """One call with one attempt that costs this much."""
    call = a_call(started_at=NOON + timedelta(minutes=minutes), route=route)
    call = replace(call, caller=replace(call.caller, origin=origin))
    call_rows.insert([a_record(call=call, attempts=(replace(an_attempt(), provider=provider),))])
    Attempt.objects.filter(call_id=call.id).update(cost_usd=Decimal(usd))


def test_each_hour_has_its_cost_and_an_hour_without_one_is_left_out(database):
    a_cost(0, "0.1")
    a_cost(59.9, "0.000000001")
    a_cost(120, "2")
    assert spend_by_hour(NOON, NOON + 4 * HOUR) == [
        (NOON, Decimal("0.100000001")),
        (NOON + 2 * HOUR, Decimal(2)),
    ]


def test_a_sum_counts_from_its_start_to_before_its_end(database):
    for minutes in (-1, 0, 30, 60, 90):
        a_cost(minutes, "1")
    assert spent(NOON, NOON + timedelta(minutes=90)) == 3
    assert spent(NOON - HOUR, NOON) == 1
    assert spent(NOON + 5 * HOUR, NOON + 6 * HOUR) == 0


def test_a_sum_of_some_providers_or_of_a_route(database):
    a_cost(0, "1", provider="claude")
    a_cost(1, "2", provider="gemini", route="suggestions")
    a_cost(2, "4", provider="openai", origin="probe")
    assert spent(NOON, NOON + HOUR, providers=["claude", "openai"]) == 5
    assert spent(NOON, NOON + HOUR, providers=[]) == 0
    assert spent(NOON, NOON + HOUR, route="suggestions") == 2
    assert spend_by_hour(NOON, NOON + HOUR, route="default") == [(NOON, Decimal(5))]
