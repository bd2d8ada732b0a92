"""Quiet stretches are counted, not played, and the figures are the same."""

from dataclasses import asdict

import pytest

from bench.availability.chance import uniform
from bench.availability.outages import Outage, Rates, outages_of
from bench.availability.vendors import Shape
from tests.bench.availability.playing import ALWAYS, MakeSystem, cooldown, gateway, played

SYSTEMS = {"gateway": gateway, "cooldown 5 s": cooldown(5.0), "cooldown 60 s": cooldown(60.0)}


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("per_second", [0.1, 2.0])
def test_a_counted_year_has_the_figures_of_a_played_one(make: MakeSystem, shape: Shape, per_second: float) -> None:
    length_s = 1500.0 / per_second
    rates = Rates(between_s=length_s / 5, repair_s=length_s / 12)
    outages = {name: outages_of(name, rates, seed=7, length_s=length_s) for name in ("claude", "gemini", "openai")}
    counted = played(make, shape, per_second=per_second, length_s=length_s, **outages)
    all_played = played(make, shape, per_second=per_second, length_s=length_s, plays_all=True, **outages)
    assert asdict(counted) == {**asdict(all_played), "lost_s": pytest.approx(all_played.lost_s)}
    assert counted.vain


def test_outages_of_a_few_seconds_are_counted_alike_too() -> None:
    starts = sorted(1500 * uniform(1, number) for number in range(60))
    blips = tuple(
        Outage(start, min(start + 3, later)) for start, later in zip(starts, [*starts[1:], 1500], strict=True)
    )
    counted, all_played = (
        played(gateway, per_second=2.0, length_s=1500.0, plays_all=plays_all, claude=blips)
        for plays_all in (False, True)
    )
    assert asdict(counted) == {**asdict(all_played), "lost_s": pytest.approx(all_played.lost_s)}


@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
def test_each_call_is_answered_or_not(make: MakeSystem) -> None:
    figures = played(make, per_second=0.5, claude=(Outage(100.0, 900.0),), gemini=(Outage(500.0, 700.0),))
    assert figures.calls == 1800


@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
def test_a_year_without_outages_is_answered_by_the_first_vendor(make: MakeSystem) -> None:
    figures = played(make)
    assert figures.share_answered == 1.0
    assert figures.answers == {"claude": 3600}
    assert (figures.static, figures.lost_s, figures.vain, figures.lists) == (0, 0.0, 0, 0)


@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("shape", Shape)
def test_a_vendor_that_is_always_out_is_replaced_by_the_next(make: MakeSystem, shape: Shape) -> None:
    figures = played(make, shape, claude=ALWAYS)
    assert figures.answers == {"gemini": 3600}
    assert 0 < figures.vain < 3600


@pytest.mark.parametrize("make", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("shape", Shape)
def test_nobody_answers_while_all_are_out(make: MakeSystem, shape: Shape) -> None:
    figures = played(make, shape, length_s=300.0, claude=ALWAYS, gemini=ALWAYS, openai=ALWAYS)
    assert (figures.share_answered, figures.static) == (0.0, 300)
