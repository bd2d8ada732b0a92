"""The outages of a vendor: their mean rates, their order, and that a seed fixes them."""

from itertools import pairwise

import pytest

from bench.availability.outages import DAY_S, OUTAGES, YEAR_S, Outage, Rates, outages_of

CENTURY_S = 100 * YEAR_S
RATES = Rates(between_s=2 * DAY_S, repair_s=DAY_S / 24)


@pytest.mark.parametrize("vendor", ["claude", "gemini", "openai"])
@pytest.mark.parametrize("kind", OUTAGES)
def test_the_means_are_those_of_the_vendor(kind: str, vendor: str) -> None:
    rates = OUTAGES[kind][vendor]
    outages = outages_of(vendor, rates, seed=1, length_s=CENTURY_S)
    lengths = [end - start for start, end in outages]
    gaps = [later.start - earlier.start for earlier, later in pairwise(outages)]
    assert sum(lengths) / len(lengths) == pytest.approx(rates.repair_s, rel=0.05)
    assert sum(gaps) / len(gaps) == pytest.approx(rates.between_s, rel=0.05)


def test_outages_follow_one_another_within_the_year() -> None:
    outages = outages_of("claude", RATES, seed=3)
    times = [time for outage in outages for time in outage]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] <= YEAR_S


def test_the_last_outage_ends_with_the_year() -> None:
    (outage,) = outages_of("claude", Rates(between_s=1e9 + 1, repair_s=1e9), seed=1, length_s=1000.0)
    assert outage.end == 1000.0


def test_a_seed_and_a_vendor_fix_the_outages() -> None:
    def outages(vendor: str, seed: int) -> tuple[Outage, ...]:
        return outages_of(vendor, RATES, seed=seed)

    assert outages("claude", 1) == outages("claude", 1)
    assert outages("claude", 1) != outages("claude", 2)
    assert outages("claude", 1) != outages("gemini", 1)
