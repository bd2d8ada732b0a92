"""When callers' requests arrive. Any request's time, and any stretch's count, is computed without the others."""

from dataclasses import dataclass

from bench.availability.chance import uniform


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """One request at a random moment of each 1/`per_second` seconds, numbered from 0. Times are seconds."""

    per_second: float
    seed: int

    def at(self, number: int) -> float:
        """The time of a request."""
        return (number + uniform(self.seed, number)) / self.per_second

    def before(self, time: float) -> int:
        """How many requests arrive before `time`, which is also the number of the next one."""
        whole = max(0, int(time * self.per_second))
        return whole + 1 if self.at(whole) < time else whole
