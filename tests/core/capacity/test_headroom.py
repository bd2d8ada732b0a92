"""What is left of a limit, against vendors that really keep one."""

from dataclasses import dataclass, field

import pytest

from llm.core.capacity.headroom import (
    Asked,
    LearnedLimit,
    asked_since,
    counted_from,
    is_used_up,
    learned_limit,
    requests_left,
    tokens_left,
)
from llm.core.capacity.readings import Reading, Readings, Refill
from llm.core.capacity.sample import Ending, Sample


@dataclass
class Bucket:
    """A vendor's limit of 60 requests a minute that comes back steadily, or all at once."""

    steady: bool
    left: float = 60.0
    at: float = 0.0

    def ask(self, at: float) -> Readings:
        self.left = min(60.0, self.left + (at - self.at)) if self.steady else self._window(at)
        self.at = at
        self.left -= 1
        reset = (60.0 - self.left) if self.steady else 60.0 - at % 60.0
        refill = Refill.STEADY if self.steady else Refill.AT_ONCE
        return Readings(at=at, requests=Reading(left=self.left, limit=60, resets_in_s=reset, refill=refill))

    def now(self, at: float) -> float:
        return min(60.0, self.left + (at - self.at)) if self.steady else self._window(at)

    def _window(self, at: float) -> float:
        return 60.0 if at // 60 > self.at // 60 else self.left


@dataclass
class History:
    slots: dict[int, Asked] = field(default_factory=dict)

    def ask(self, at: float) -> None:
        known = self.slots.get(int(at), Asked(int(at)))
        self.slots[int(at)] = known._replace(requests=known.requests + 1)

    def since(self, moment: float) -> Asked:
        return asked_since([reversed(self.slots.values())], moment)


@pytest.mark.parametrize("steady", [True, False])
def test_the_estimate_follows_the_vendor_although_headers_come_late(steady: bool) -> None:
    """Two requests a second, whose headers are read four seconds later, for five minutes."""
    vendor, history, late = Bucket(steady), History(), []
    errors = []
    for tick in range(600):
        at = tick / 2
        if vendor.now(at) >= 1:
            history.ask(at)
            late.append(vendor.ask(at))
        readings = next((one for one in reversed(late) if one.at <= at - 4), None)
        if readings is None:
            continue
        asked = history.since(counted_from(readings, at))
        left = requests_left(readings, None, asked, at)
        assert left is not None
        errors.append(abs(left.left - vendor.now(at)))
    assert sum(errors) / len(errors) < 1.5
    assert sorted(errors)[int(len(errors) * 0.95)] <= 2.0


def test_a_silent_vendor_is_held_to_what_it_refused_at() -> None:
    refused = Sample(ending=Ending.THROTTLED)
    limit = learned_limit(None, refused, 26, at=100.0)
    assert limit == LearnedLimit(rpm=25, at=100.0)
    left = requests_left(None, limit, Asked(41, requests=20), at=101.0)
    assert left is not None
    assert (left.left, left.limit) == (5, 25)
    later = requests_left(None, limit, Asked(0, requests=25), at=701.0)
    assert later is not None
    assert 2 < later.left < 3, "after ten quiet minutes a little more is tried"


def test_a_limit_that_the_refusal_names_is_believed() -> None:
    limit = learned_limit(None, Sample(ending=Ending.THROTTLED, limit_rpm=10), 3, at=0.0)
    assert limit is not None
    assert limit.rpm == 10


def test_headers_need_no_learned_limit() -> None:
    readings = Readings(at=0.0, requests=Reading(left=0, limit=60))
    assert learned_limit(None, Sample(ending=Ending.THROTTLED, readings=readings), 30, at=0.0) is None
    assert is_used_up(readings)


@pytest.mark.parametrize(
    ("reserves", "spares_cache", "expected"),
    [(True, False, 10_000 - 1_000 - 4_000), (False, True, 10_000 - 250), (False, False, 10_000 - 1_000)],
)
def test_each_dialect_counts_tokens_by_its_own_rule(reserves: bool, spares_cache: bool, expected: float) -> None:
    readings = Readings(
        at=0.0, tokens=Reading(left=10_000, limit=30_000, resets_in_s=1e9), reserves=reserves, spares_cache=spares_cache
    )
    asked = Asked(0, requests=1, input_tokens=1_000, max_tokens=4_000)
    left = tokens_left(readings, asked, at=1.0, cached_share=0.75)
    assert left is not None
    assert left.left == pytest.approx(expected, abs=1)


def test_without_any_word_of_a_limit_nothing_is_known() -> None:
    assert requests_left(None, None, Asked(0, requests=900), at=1.0) is None
    assert tokens_left(None, Asked(0), at=1.0) is None
    old = Readings(at=0.0, requests=Reading(left=0, limit=60))
    assert requests_left(old, None, Asked(0), at=4_000.0) is None
