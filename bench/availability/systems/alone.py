"""Claude without a gateway: one request a call, and what fails has failed. Computed, since nothing is decided."""

from bench.availability.arrivals import Arrivals
from bench.availability.figures import Figures
from bench.availability.vendors import Vendors
from llm.core.routing.next_step import silence_limit_s


def alone(arrivals: Arrivals, vendors: Vendors, *, length_s: float) -> Figures:
    """The year's figures of the first vendor alone, under the gateway's own time limit for a single vendor."""
    name = vendors.names[0]
    calls = arrivals.before(length_s)
    figures = Figures()
    for outage in vendors.outages[name]:
        failed = arrivals.before(outage.end) - arrivals.before(outage.start)
        figures.static += failed
        figures.lost_s += failed * vendors.complete(name, outage.start, limit_s=silence_limit_s(1)).seconds
    figures.vain = figures.static
    figures.add_answers(name, calls - figures.static)
    return figures
