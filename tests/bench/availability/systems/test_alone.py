"""Claude without a gateway."""

import pytest

from bench.availability.arrivals import Arrivals
from bench.availability.outages import Outage
from bench.availability.systems.alone import alone
from bench.availability.vendors import ERROR_S, Shape
from llm.core.routing.next_step import SILENCE_S
from tests.bench.availability.playing import HOUR_S, vendors


@pytest.mark.parametrize(("shape", "seconds"), [(Shape.ERRORS, ERROR_S), (Shape.SILENCE, SILENCE_S)])
def test_each_call_of_an_outage_fails(shape: Shape, seconds: float) -> None:
    outages = (Outage(600.0, 900.0), Outage(1800.0, 1860.0))
    figures = alone(Arrivals(per_second=1.0, seed=1), vendors(shape, claude=outages), length_s=HOUR_S)
    assert (figures.answers, figures.static, figures.vain) == ({"claude": 3240}, 360, 360)
    assert figures.lost_s == pytest.approx(360 * seconds)
