"""Short years whose outages a test chooses."""

from collections.abc import Callable

from bench.availability.arrivals import Arrivals
from bench.availability.figures import Figures
from bench.availability.outages import Outage
from bench.availability.simulation import Simulation, System
from bench.availability.systems.cooldown import Cooldown
from bench.availability.systems.gateway import Gateway
from bench.availability.vendors import Shape, Vendors

HOUR_S = 3600.0
ALWAYS = (Outage(0.0, float("inf")),)

MakeSystem = Callable[[Simulation], System]


def gateway(simulation: Simulation) -> System:
    return Gateway(simulation, seed=1)


def cooldown(seconds: float) -> MakeSystem:
    return lambda simulation: Cooldown(simulation, cooldown_s=seconds)


def vendors(shape: Shape = Shape.ERRORS, **outages: tuple[Outage, ...]) -> Vendors:
    """Claude, Gemini and OpenAI, well but for these outages."""
    return Vendors({name: outages.get(name, ()) for name in ("claude", "gemini", "openai")}, shape)


def played(
    make: MakeSystem,
    shape: Shape = Shape.ERRORS,
    *,
    per_second: float = 1.0,
    length_s: float = HOUR_S,
    plays_all: bool = False,
    **outages: tuple[Outage, ...],
) -> Figures:
    """The figures of one system."""
    arrivals = Arrivals(per_second=per_second, seed=1)
    simulation = Simulation(arrivals, vendors(shape, **outages), length_s=length_s, plays_all=plays_all)
    return simulation.run(make(simulation))
