"""Failover under a fixed cooldown."""

import pytest

from bench.availability.outages import Outage
from bench.availability.vendors import ERROR_S, Shape
from llm.core.routing.next_step import ALL_SILENT_S
from tests.bench.availability.playing import ALWAYS, cooldown, played


def test_one_call_in_each_cooldown_fails() -> None:
    figures = played(cooldown(60.0), per_second=0.1, length_s=6000.0, claude=ALWAYS)
    assert figures.vain == pytest.approx(6000 / 65, abs=5)  # the cooldown, and on average half of ten seconds
    assert figures.lost_s == pytest.approx(figures.vain * ERROR_S)


def test_all_calls_fall_silent_until_the_first_gives_up() -> None:
    figures = played(cooldown(60.0), Shape.SILENCE, per_second=10.0, length_s=30.0, claude=ALWAYS)
    assert figures.vain == pytest.approx(10 * ALL_SILENT_S / 3, abs=2)


def test_a_vendor_serves_again_when_its_cooldown_is_over() -> None:
    figures = played(cooldown(60.0), claude=(Outage(600.0, 630.0),))
    assert figures.answers["gemini"] == pytest.approx(61, abs=2)
