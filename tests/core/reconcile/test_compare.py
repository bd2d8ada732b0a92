"""Each fault of a day gets its name and its money, and nothing else is named."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.reconcile.causes import Cause
from llm.core.reconcile.compare import Comparison, compare
from llm.core.reconcile.day import Charge, OurDay, TokenKind, Tokens, UsageLine, VendorDay
from tests.core.reconcile.days import (
    CALL,
    DAY,
    HAIKU,
    SONNET,
    charged,
    line,
    listed,
    our_day,
    seen_by_vendor,
    times,
    vendor_day,
    worth,
)

MOST_UNEXPLAINED = Decimal("0.001")
Fault = Callable[[], tuple[OurDay, VendorDay]]


def _found(comparison: Comparison) -> set[tuple[Cause, str, str]]:
    return {(each.cause, each.model, each.tier) for each in comparison.differences}


def _rest(comparison: Comparison) -> None:
    """The books balance, and what has no name is less than a thousandth."""
    named = sum((each.usd for each in comparison.differences), Decimal(0))
    gap = comparison.theirs_usd - comparison.ours_usd
    assert abs(named + comparison.unexplained_usd - gap) < Decimal("1e-6")
    assert comparison.unexplained_share <= MOST_UNEXPLAINED


def test_equal_days_agree() -> None:
    ours = our_day()
    result = compare(ours, vendor_day(*seen_by_vendor(ours)), listed)
    assert result.differences == ()
    assert result.unexplained_usd == 0
    assert result.agrees
    assert result.ours_usd == result.theirs_usd > 0


def test_a_day_without_calls_agrees() -> None:
    result = compare(OurDay(), VendorDay(day=DAY), listed)
    assert result.agrees
    assert result.share == 0


def records_lost() -> tuple[OurDay, VendorDay]:
    whole = our_day()
    lost = line(10, calls=9)
    kept = replace(whole.lines[4], tokens=whole.lines[4].tokens - lost.tokens, requests=41)
    kept = replace(kept, usd=worth(SONNET, "", kept.tokens))
    return OurDay(lines=(*whole.lines[:4], kept, *whole.lines[5:])), vendor_day(*seen_by_vendor(whole))


def vendor_lost() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    return ours, vendor_day(*seen_by_vendor(ours)[3:])


def another_hour() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    return ours, vendor_day(*seen_by_vendor(ours), line(3, calls=30))


def another_model() -> tuple[OurDay, VendorDay]:
    ours = OurDay(lines=tuple(line(hour) for hour in range(8, 20)))
    return ours, vendor_day(*seen_by_vendor(ours), line(10, HAIKU))


def tier_changed() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    first, *others = seen_by_vendor(ours)
    return ours, vendor_day(replace(first, tier="priority"), *others)


def cache_missed() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    first, *others = seen_by_vendor(ours)
    drift = Tokens(input=40_000, cached=-40_000)
    return ours, vendor_day(replace(first, tokens=first.tokens + drift), *others)


def price_raised() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    theirs = vendor_day(*seen_by_vendor(ours))
    dearer = [
        replace(each, usd=each.usd * 2) if each.kind is TokenKind.OUTPUT and each.model == HAIKU else each
        for each in theirs.charges
    ]
    return ours, replace(theirs, charges=tuple(dearer))


def estimated() -> tuple[OurDay, VendorDay]:
    whole = our_day()
    guess = Tokens(output=2000)
    first = replace(whole.lines[0], tokens=whole.lines[0].tokens + guess, estimated=guess)
    first = replace(first, usd=worth(SONNET, "", first.tokens))
    return OurDay(lines=(first, *whole.lines[1:])), vendor_day(*seen_by_vendor(whole))


def unpriced() -> tuple[OurDay, VendorDay]:
    whole = our_day()
    tokens = times(CALL, 10)
    first = whole.lines[0]
    first = replace(first, unpriced=tokens, usd=worth(SONNET, "", first.tokens - tokens))
    return OurDay(lines=(first, *whole.lines[1:])), vendor_day(*seen_by_vendor(whole))


def unknown_model() -> tuple[OurDay, VendorDay]:
    """Neither our records nor the price list know what it costs: the vendor's own rate counts."""
    tokens = times(CALL, 40)
    new = UsageLine(model="claude-next", hour=line(9).hour, requests=40, tokens=tokens, unpriced=tokens)
    ours = our_day(new)
    theirs = vendor_day(*seen_by_vendor(ours))
    own = (
        Charge(model="claude-next", tier="", kind=kind, usd=Decimal(count) / 100_000) for kind, count in tokens.items()
    )
    return ours, replace(theirs, charges=(*theirs.charges, *own))


def searched() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    theirs = vendor_day(*seen_by_vendor(ours))
    return ours, replace(theirs, charges=(*theirs.charges, Charge(what="web_search", usd=Decimal("0.5"))))


def not_charged() -> tuple[OurDay, VendorDay]:
    ours = our_day(line(9, SONNET, "priority"))
    lines = seen_by_vendor(ours)
    charges = charged(tuple(each for each in lines if not each.tier))
    return ours, VendorDay(day=DAY, lines=lines, charges=charges, uncharged_tiers=frozenset({"priority"}))


def ran_into_the_day() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    return replace(ours, begun_before=(line(0, calls=2),)), vendor_day(*seen_by_vendor(ours), line(0, calls=2))


def ran_out_of_the_day() -> tuple[OurDay, VendorDay]:
    whole = our_day()
    late = line(23, calls=2)
    return replace(our_day(late), ended_after=(late,)), vendor_day(*seen_by_vendor(whole))


def more_than_ran_into_the_day() -> tuple[OurDay, VendorDay]:
    ours = our_day()
    return replace(ours, begun_before=(line(0, calls=2),)), vendor_day(*seen_by_vendor(ours), line(0, calls=30))


FAULTS: dict[str, tuple[Fault, set[tuple[Cause, str, str]]]] = {
    "our records are lost": (records_lost, {(Cause.OURS_MISSING, SONNET, "")}),
    "the vendor lacks calls": (vendor_lost, {(Cause.THEIRS_MISSING, SONNET, ""), (Cause.THEIRS_MISSING, HAIKU, "")}),
    "traffic in an hour without calls": (another_hour, {(Cause.FOREIGN, SONNET, "")}),
    "traffic of a model that we do not call": (another_model, {(Cause.FOREIGN, HAIKU, "")}),
    "another tier served": (tier_changed, {(Cause.TIER, SONNET, "priority")}),
    "the cache was read less": (cache_missed, {(Cause.CACHE, SONNET, "")}),
    "a price was raised": (price_raised, {(Cause.PRICE, HAIKU, "")}),
    "an answer broke off": (estimated, {(Cause.ESTIMATED, SONNET, "")}),
    "we have no price": (unpriced, {(Cause.UNPRICED, SONNET, "")}),
    "nobody has a price": (unknown_model, {(Cause.UNPRICED, "claude-next", "")}),
    "something else is charged": (searched, {(Cause.OTHER, "", "")}),
    "calls ran into the day": (ran_into_the_day, {(Cause.MIDNIGHT, SONNET, "")}),
    "calls ran out of the day": (ran_out_of_the_day, {(Cause.MIDNIGHT, SONNET, "")}),
    "others called at midnight too": (
        more_than_ran_into_the_day,
        {(Cause.MIDNIGHT, SONNET, ""), (Cause.FOREIGN, SONNET, "")},
    ),
    "the report leaves a tier out": (not_charged, {(Cause.NOT_CHARGED, SONNET, "priority")}),
}


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_named(fault: Fault, expected: set[tuple[Cause, str, str]]) -> None:
    ours, theirs = fault()
    result = compare(ours, theirs, listed)
    assert _found(result) == expected
    _rest(result)


@pytest.mark.parametrize("fault", [fault for fault, _expected in FAULTS.values()], ids=FAULTS)
def test_a_daily_report_balances_too(fault: Fault) -> None:
    """Without hours fewer causes can be told apart, and the money still has names."""
    ours, theirs = fault()
    daily = replace(theirs, lines=tuple(replace(each, hour=None) for each in theirs.lines))
    _rest(compare(ours, daily, listed))


@pytest.mark.parametrize("night", [ran_into_the_day, ran_out_of_the_day])
def test_calls_over_midnight_are_no_disagreement(night: Fault) -> None:
    ours, theirs = night()
    assert compare(ours, theirs, listed).share == 0


def test_a_vendor_that_books_calls_by_their_beginning_agrees() -> None:
    late = line(23, calls=2)
    ours = replace(our_day(late), begun_before=(line(0, calls=2),), ended_after=(late,))
    assert compare(ours, vendor_day(*seen_by_vendor(ours)), listed).differences == ()


def test_faults_of_one_day_are_told_apart() -> None:
    ours, theirs = price_raised()
    first, *others = theirs.lines
    lines = (replace(first, tier="priority"), *others, line(2, calls=30))
    theirs = replace(theirs, lines=lines, charges=(*theirs.charges, *charged((line(2, calls=30),))))
    moved = worth(SONNET, "priority", first.tokens) - worth(SONNET, "", first.tokens)
    charges = [
        replace(each, usd=each.usd - (listed(SONNET, "") or {})[each.kind] * first.tokens.of(each.kind))
        if each == theirs.charges[index] and index < len(TokenKind) and each.kind
        else each
        for index, each in enumerate(theirs.charges)
    ]
    theirs = replace(theirs, charges=(*charges, *charged((replace(first, tier="priority"),))))
    result = compare(ours, theirs, listed)
    assert {each.cause for each in result.differences} == {Cause.PRICE, Cause.TIER, Cause.FOREIGN}
    assert next(each.usd for each in result.differences if each.cause is Cause.TIER) == moved
    _rest(result)


def test_the_keys_of_others_are_foreign_even_in_our_hours() -> None:
    ours = our_day()
    own = [replace(each, key_id="apikey_ours") for each in seen_by_vendor(ours)]
    stranger = replace(line(10, calls=7), key_id="apikey_theirs")
    result = compare(ours, vendor_day(*own, stranger), listed, keys=frozenset({"apikey_ours"}))
    (difference,) = result.differences
    assert (difference.cause, difference.detail, difference.requests) == (Cause.FOREIGN, "apikey_theirs", 7)
    _rest(result)


def test_what_the_vendor_books_an_hour_later_is_no_difference() -> None:
    ours = our_day()
    lines = list(seen_by_vendor(ours))
    late = times(CALL, 3)
    lines[0] = replace(lines[0], tokens=lines[0].tokens - late, requests=47)
    lines[2] = replace(lines[2], tokens=lines[2].tokens + late, requests=53)
    assert compare(ours, vendor_day(*lines), listed).differences == ()


def test_dated_names_of_a_model_are_one_model() -> None:
    ours = our_day()
    lines = seen_by_vendor(ours)
    theirs = vendor_day(*lines)
    dated = replace(
        theirs,
        lines=tuple(replace(each, model=f"{each.model}-20260801") for each in theirs.lines),
        charges=tuple(replace(each, model=f"{each.model}-20260801") for each in theirs.charges),
    )
    assert compare(ours, dated, listed).agrees


def test_a_mixed_difference_stays_unexplained() -> None:
    """More input and less output: no lost call does that, and no shift between kinds."""
    ours = our_day()
    first, *others = seen_by_vendor(ours)
    strange = replace(first, tokens=first.tokens + Tokens(input=9000, output=-500))
    result = compare(ours, vendor_day(strange, *others), listed)
    assert result.differences == ()
    assert result.unexplained_usd == worth(SONNET, "", Tokens(input=9000)) - worth(SONNET, "", Tokens(output=500))


def test_errors_in_both_directions_do_not_cancel() -> None:
    ours = our_day()
    lines = seen_by_vendor(ours)
    result = compare(ours, vendor_day(*lines[1:], replace(line(2, calls=50))), listed)
    assert abs(result.theirs_usd - result.ours_usd) < Decimal("0.000001")
    assert not result.agrees


COUNTS = st.integers(min_value=0, max_value=200)


@given(st.lists(st.tuples(st.integers(0, 23), st.sampled_from([SONNET, HAIKU]), COUNTS, COUNTS), max_size=12))
def test_the_books_always_balance(days: list[tuple[int, str, int, int]]) -> None:
    """Whatever calls either side lacks: named differences and rest make up the gap, at once and again."""
    ours = OurDay(lines=tuple(line(hour, model, calls=mine) for hour, model, mine, _theirs in days))
    theirs = vendor_day(*(line(hour, model, calls=calls) for hour, model, _mine, calls in days))
    result = compare(ours, theirs, listed)
    named = sum((each.usd for each in result.differences), Decimal(0))
    assert abs(named + result.unexplained_usd - (result.theirs_usd - result.ours_usd)) < Decimal("1e-6")
    assert compare(ours, theirs, listed) == result
