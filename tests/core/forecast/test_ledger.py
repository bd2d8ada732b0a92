"""The balance that a ledger says, and what calls add to it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.forecast.ledger import ANCHORS, Count, Entry, EntryKind, count_of, evidence

T0 = datetime(2026, 11, 2, tzinfo=UTC)
KIND = EntryKind


def _at(hour: int) -> datetime:
    return T0 + timedelta(hours=hour)


def _entry(hour: int, kind: EntryKind, amount: str = "0") -> Entry:
    return Entry(at=_at(hour), kind=kind, amount=Decimal(amount))


@pytest.mark.parametrize(
    ("entries", "source", "base", "since"),
    [
        pytest.param([], None, None, None, id="an empty ledger knows nothing"),
        pytest.param([_entry(1, KIND.TOPUP, "50")], KIND.TOPUP, "50", 1, id="the count begins with the first top-up"),
        pytest.param(
            [_entry(1, KIND.TOPUP, "50"), _entry(3, KIND.TOPUP, "20")], KIND.TOPUP, "70", 1, id="top-ups add up"
        ),
        pytest.param(
            [_entry(1, KIND.TOPUP, "50"), _entry(2, KIND.DECLARED, "12.5")],
            KIND.DECLARED, "12.5", 2, id="a declared balance replaces the count",
        ),
        pytest.param(
            [_entry(1, KIND.TOLD, "8"), _entry(2, KIND.TOPUP, "50")], KIND.TOLD, "58", 1, id="a top-up adds to it"
        ),
        pytest.param([_entry(1, KIND.TOLD, "8"), _entry(5, KIND.EMPTY)], KIND.EMPTY, "0", 5, id="empty is zero"),
        pytest.param(
            [_entry(5, KIND.EMPTY), _entry(6, KIND.MONEY_FOUND)],
            KIND.MONEY_FOUND, None, None, id="found money is unknown, not zero",
        ),
        pytest.param(
            [_entry(5, KIND.EMPTY), _entry(6, KIND.MONEY_FOUND), _entry(7, KIND.TOPUP, "50")],
            KIND.MONEY_FOUND, None, None, id="a top-up on unknown money leaves it unknown",
        ),
        pytest.param(
            [_entry(6, KIND.MONEY_FOUND), _entry(7, KIND.DECLARED, "30")],
            KIND.DECLARED, "30", 7, id="a declared balance ends that",
        ),
        pytest.param([_entry(1, KIND.TOLD, "-3")], KIND.TOLD, "-3", 1, id="a debt is kept as it is"),
    ],
)  # fmt: skip
def test_how_the_balance_is_counted(
    entries: list[Entry], source: EntryKind | None, base: str | None, since: int | None
) -> None:
    expected = Count(
        source=source, base=None if base is None else Decimal(base), since=None if since is None else _at(since)
    )
    assert count_of(entries) == expected
    assert count_of(entries[::-1]) == expected  # by time, whatever the order


def test_more_spent_than_declared_is_below_zero() -> None:
    assert count_of([_entry(1, KIND.TOPUP, "5")]).balance(Decimal("7.25")) == Decimal("-2.25")


@pytest.mark.parametrize(
    ("entries", "refused", "answered", "kind"),
    [
        pytest.param([], 5, None, None, id="without a ledger there is nothing to correct"),
        pytest.param([_entry(1, KIND.TOPUP, "50")], 5, None, KIND.EMPTY, id="a refusal for credit means empty"),
        pytest.param([_entry(1, KIND.TOPUP, "50")], 5, 4, KIND.EMPTY, id="an answer before it changes nothing"),
        pytest.param([_entry(1, KIND.TOPUP, "50")], 5, 6, None, id="an answer after it says that it was not"),
        pytest.param([_entry(6, KIND.TOLD, "50")], 5, None, None, id="a refusal before the vendor's word is over"),
        pytest.param([_entry(5, KIND.EMPTY)], 7, None, None, id="empty is said once"),
        pytest.param([_entry(5, KIND.EMPTY)], 7, 8, KIND.MONEY_FOUND, id="an answer after empty finds money"),
        pytest.param([_entry(5, KIND.EMPTY), _entry(6, KIND.TOPUP, "9")], None, 8, None, id="as a top-up promised"),
        pytest.param([_entry(5, KIND.EMPTY), _entry(6, KIND.TOPUP, "9")], 7, None, KIND.EMPTY, id="that never came"),
        pytest.param([_entry(6, KIND.MONEY_FOUND)], 7, None, KIND.EMPTY, id="and empty again"),
    ],
)  # fmt: skip
def test_what_calls_say(
    entries: list[Entry], refused: int | None, answered: int | None, kind: EntryKind | None
) -> None:
    refused_at = None if refused is None else _at(refused)
    answered_at = None if answered is None else _at(answered)
    added = evidence(entries, refused_at=refused_at, answered_at=answered_at)
    assert (added and added.kind) == kind
    if added is not None:
        assert evidence([*entries, added], refused_at=refused_at, answered_at=answered_at) is None


entries = st.lists(
    st.builds(
        Entry,
        at=st.integers(0, 500).map(_at),
        kind=st.sampled_from(EntryKind),
        amount=st.decimals(-100, 100, places=2),
    ),
    max_size=12,
)


@given(entries)
def test_the_last_anchor_alone_decides_with_the_top_ups_after_it(ledger: list[Entry]) -> None:
    ordered = sorted(ledger, key=lambda entry: entry.at)
    last = max((i for i, entry in enumerate(ordered) if entry.kind in ANCHORS), default=0)
    assert count_of(ordered) == count_of(ordered[last:])
