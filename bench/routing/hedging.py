"""What hedging does when 5 % of first tokens take ten seconds.

Two rounds of the same calls, without and with hedging: p99 of the first token, what hedging adds to the spend, how soon
a loser is cancelled, and whether each is on record. Times are scaled down; the figures are in the vendor's seconds.
"""

from bench.routing.apart import figures_of
from bench.routing.drill import Drill, Result, at_least, at_most


def play(_seed: int) -> Result:
    """The drill in real time, on its vendors' scale. Raises CalledProcessError."""
    figures = figures_of("bench.routing.hedged_calls")
    return Result(
        rows=tuple({"figure": name, "value": str(value)} for name, value in figures.items()),
        aims=(
            at_least("share by which the p99 of the first token falls", figures["p99_falls_by"], 0.7),
            at_most("extra spend, as a share", figures["extra_spend"], figures["cap"]),
            at_most("milliseconds until a loser is cancelled", figures["cancelled_ms_max"] or 0.0, 100.0),
        ),
    )


DRILL = Drill(name="hedging", about=__doc__ or "", play=play)
