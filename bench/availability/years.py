"""A year with its outages and arrivals, and the systems that it is played for. Each sees the same year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.availability.arrivals import Arrivals
from bench.availability.figures import Figures
from bench.availability.outages import DAY_S, OUTAGES, outages_of
from bench.availability.simulation import Simulation
from bench.availability.systems.alone import alone
from bench.availability.systems.cooldown import Cooldown
from bench.availability.systems.gateway import Gateway
from bench.availability.vendors import Shape, Vendors


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year, of `days` days. `outages` is a key of `OUTAGES`; with `seed` and `days` it fixes when vendors fail."""

    outages: str
    shape: Shape
    per_second: float
    seed: int
    days: float

    @property
    def length_s(self) -> float:
        return self.days * DAY_S

    @property
    def arrivals(self) -> Arrivals:
        return Arrivals(per_second=self.per_second, seed=self.seed)

    def vendors(self) -> Vendors:
        rates = OUTAGES[self.outages]
        outages = {name: outages_of(name, rates[name], seed=self.seed, length_s=self.length_s) for name in rates}
        return Vendors(outages, self.shape)

    def simulation(self) -> Simulation:
        return Simulation(self.arrivals, self.vendors(), length_s=self.length_s)


def _gateway(year: Year) -> Figures:
    simulation = year.simulation()
    return simulation.run(Gateway(simulation, seed=year.seed))


def _cooldown(year: Year, cooldown_s: float) -> Figures:
    simulation = year.simulation()
    return simulation.run(Cooldown(simulation, cooldown_s=cooldown_s))


GATEWAY = "gateway"
SYSTEMS: Mapping[str, Callable[[Year], Figures]] = {
    GATEWAY: _gateway,
    "cooldown 5 s": lambda year: _cooldown(year, 5.0),
    "cooldown 60 s": lambda year: _cooldown(year, 60.0),
    "Claude alone": lambda year: alone(year.arrivals, year.vendors(), length_s=year.length_s),
}
"""By the name in the table."""


def play(year: Year, system: str) -> Figures:
    """The figures of one system. Processes import this function, so it takes the system's name."""
    return SYSTEMS[system](year)
