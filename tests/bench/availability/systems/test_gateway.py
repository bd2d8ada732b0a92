"""The simulated gateway asks as the real router does, and pays what the core's rules say."""

import pytest

from bench.availability.outages import Outage
from bench.availability.vendors import ERROR_S, FAILURES, Shape
from llm.core.routing.next_step import ALL_SILENT_S, TRIES_PER_CALL
from tests.bench.availability.playing import ALWAYS, gateway, played
from tests.gateway.doubles import Script, ScriptedAdapter, Stage, says

BROKEN = {
    "claude": ("claude",),
    "claude, gemini": ("claude", "gemini"),
    "all": ("claude", "gemini", "openai"),
}


@pytest.mark.parametrize("shape", [Shape.ERRORS, Shape.WALLET])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_as_many_requests_fail_as_with_the_real_router(shape: Shape, broken: tuple[str, ...]) -> None:
    """Three calls, five seconds apart: before the open period ends, so that no worker interferes."""
    real = Stage(
        **{
            name: ScriptedAdapter(Script((FAILURES[shape],)) if name in broken else says())
            for name in ("claude", "gemini", "openai")
        }
    )
    for _ in range(3):
        real.go()
        real.clock.pass_by(5.0)
    simulated = played(gateway, shape, per_second=0.2, length_s=14.9, **dict.fromkeys(broken, ALWAYS))
    assert simulated.calls == 3
    assert simulated.vain == sum(asked for name, asked in real.asked().items() if name in broken)


def test_the_first_silence_costs_a_third_of_what_three_may_cost() -> None:
    figures = played(gateway, Shape.SILENCE, per_second=0.05, length_s=19.9, claude=ALWAYS)
    assert figures.answers == {"gemini": 1}
    assert figures.lost_s == pytest.approx(ALL_SILENT_S / 3)


def test_an_empty_wallet_costs_one_request_while_its_vendor_is_blocked() -> None:
    figures = played(gateway, Shape.WALLET, per_second=0.2, claude=ALWAYS)
    assert figures.vain == 1
    assert figures.lost_s == pytest.approx(ERROR_S)


def test_one_call_asks_no_more_often_than_a_call_may() -> None:
    figures = played(gateway, per_second=0.05, length_s=19.9, claude=ALWAYS, gemini=ALWAYS, openai=ALWAYS)
    assert (figures.static, figures.vain) == (1, TRIES_PER_CALL)


def test_a_vendor_serves_again_after_its_outage() -> None:
    figures = played(gateway, claude=(Outage(600.0, 1200.0),))
    away = figures.answers["gemini"]
    assert 600 < away < 600 + 45  # the next probe, two completions, and three steps of five seconds
    assert figures.answers["claude"] == 3600 - away


def test_a_refilled_wallet_is_found_by_a_probe_at_the_end_of_its_block() -> None:
    figures = played(gateway, Shape.WALLET, claude=(Outage(600.0, 700.0),))
    assert 295 < figures.answers["gemini"] < 305  # the first block lasts 300 s
    assert (figures.lists, figures.completions) == (0, 2)
