"""Plans of simulated calls: the product's own `make_plan`, on a simulated clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time

from llm.core.calls import CallOptions
from llm.core.capacity.snapshot import Capacities
from llm.core.circuit.state import Circuit
from llm.core.routing.candidate import Candidate, RandomDraws, RoutePolicy
from llm.core.routing.dialogue import Dialogue
from llm.core.routing.needs import Needs
from llm.core.routing.plan import Plan, make_plan

START = datetime(2026, 3, 2, tzinfo=UTC)


def providers(*names: str) -> dict[str, Candidate]:
    """Providers in this order of priority."""
    return {name: Candidate(name=name, kind="openai", model=name, priority=place) for place, name in enumerate(names)}


@dataclass(slots=True, kw_only=True)
class Planner:
    """Makes plans for one route, and keeps the CPU seconds that each took."""

    candidates: Mapping[str, Candidate]
    route: RoutePolicy
    chance: Random
    spent_s: list[float] = field(default_factory=list)

    def plan(
        self,
        at_s: float,
        capacities: Capacities,
        *,
        input_tokens: int = 500,
        without: tuple[str, ...] = (),
        circuits: Mapping[str, Circuit] | None = None,
        dialogue: Dialogue | None = None,
    ) -> Plan:
        """The plan `at_s` seconds after the start."""
        draws = {n: RandomDraws(order=self.chance.random(), ramp=self.chance.random()) for n in self.candidates}
        began = process_time()
        made = make_plan(
            self.candidates,
            circuits or {},
            Needs(capabilities=frozenset(), input_tokens=input_tokens),
            route=self.route,
            options=CallOptions(without=without),
            now=START + timedelta(seconds=at_s),
            draws=draws,
            capacities=capacities,
            dialogue=dialogue,
        )
        self.spent_s.append(process_time() - began)
        return made


def asked_first(plan: Plan) -> str:
    return plan.stops[0].candidate.name
