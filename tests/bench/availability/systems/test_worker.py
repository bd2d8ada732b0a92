"""The simulated worker probes as the real one."""

import pytest

from bench.availability.outages import Outage
from bench.availability.systems import worker
from bench.availability.vendors import Shape
from llm.services.probes import run, schedule
from llm.worker import PROBES
from tests.bench.availability.playing import gateway, played


def test_its_numbers_are_those_of_the_worker() -> None:
    assert worker.LIST_TIMEOUT_S == run.LIST_TIMEOUT_S
    assert worker.WITHOUT_LIST_S == schedule.WITHOUT_LIST_S
    assert PROBES.every_s == worker.LOOK_EVERY_S


def test_a_well_year_has_no_probe() -> None:
    figures = played(gateway)
    assert (figures.lists, figures.completions) == (0, 0)


@pytest.mark.parametrize(("since_s", "until_s", "every_s"), [(180.0, 360.0, 10.0), (1200.0, 2400.0, 15.0)])
def test_the_list_is_read_every_10_s_and_after_five_minutes_every_15_s(
    since_s: float, until_s: float, every_s: float
) -> None:
    """Few calls, because a caller's trial that fails starts the five minutes anew."""
    shorter, longer = (
        played(gateway, per_second=0.02, claude=(Outage(0.0, length_s),)).lists for length_s in (since_s, until_s)
    )
    assert longer - shorter == pytest.approx((until_s - since_s) / every_s, abs=4)


def test_a_completion_is_tried_each_minute_while_the_list_fails() -> None:
    figures = played(gateway, claude=(Outage(60.0, 60.0 + 1200),))
    assert figures.completions == pytest.approx(1200 / 60, abs=4)


def test_callers_meet_a_silent_vendor_at_the_start_of_its_outage_only() -> None:
    """The probes keep it away from callers afterwards."""
    short, long = (
        played(gateway, Shape.SILENCE, claude=(Outage(60.0, 60.0 + length_s),)) for length_s in (120.0, 2400.0)
    )
    assert long.vain == short.vain
