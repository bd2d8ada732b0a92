"""What a record costs: as it was computed once, and by the writer where a dead process did not come to it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from llm.core.chat.response import Usage
from llm.core.cost.value import Cost
from llm.models import Attempt, Call, ModelPrice
from llm.stores.calls import rows
from llm.stores.calls.codec import decode, encode
from tests.stores.calls.records import a_record, an_attempt

pytestmark = pytest.mark.django_db(transaction=True)

COST = Cost(
    usd=Decimal("0.000000003"),
    parts=(("input", Decimal("0.0000000025")),),
    price_version="a list",
    estimated=True,
    saved_usd=Decimal("0.000000007"),
)


def test_the_cost_of_a_record_is_stored_as_it_is_through_the_journal() -> None:
    record = a_record(attempts=(replace(an_attempt(), cost=COST), replace(an_attempt(seq=2), cost=Cost(usd=None))))
    rows.insert([decode(type(record), encode(record))])
    first, second = Attempt.objects.order_by("seq")
    assert (first.cost_usd, first.cost_parts, first.price_version) == (COST.usd, {"input": "0.0000000025"}, "a list")
    assert first.estimated
    assert (first.saved_usd, second.saved_usd) == (COST.saved_usd, None)
    assert (second.cost_usd, second.cost_parts, second.unpriced) == (None, None, False)
    assert Call.objects.get().cost_usd == COST.usd


def test_a_late_record_is_priced_by_the_operators_price_of_its_day() -> None:
    ModelPrice.objects.create(
        kind="claude", model="claude-sonnet-5-5", valid_from=date(2026, 3, 1), input=Decimal(5), output=Decimal(10)
    )
    rows.insert([a_record(attempts=(an_attempt(usage=Usage(input=100, output=20)),))])
    attempt = Attempt.objects.get()
    assert attempt.cost_usd == Decimal("0.0007")
    assert attempt.price_version.startswith("operator:")


def test_a_call_without_a_price_counts_as_unpriced() -> None:
    attempts = (an_attempt(), replace(an_attempt(seq=2), model="house-1"), replace(an_attempt(seq=3), usage=Usage()))
    rows.insert([a_record(attempts=attempts)])
    call = Call.objects.get()
    assert (call.unpriced_attempts, call.cost_usd) == (1, Attempt.objects.get(seq=1).cost_usd)
    assert list(Attempt.objects.order_by("seq").values_list("unpriced", flat=True)) == [False, True, False]


def test_a_model_that_no_list_has_is_priced_as_the_one_that_was_asked_and_marked() -> None:
    rows.insert([a_record(attempts=(replace(an_attempt(), answered_model="alias-of-the-vendor"),))])
    attempt = Attempt.objects.get()
    assert attempt.cost_usd is not None
    assert attempt.estimated
