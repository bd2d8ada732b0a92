"""Route rows as the policies that planning reads."""

import structlog

from llm.conf import llm_settings
from llm.core.routing.candidate import Member, RoutePolicy
from llm.core.routing.strategies.strategy import Strategy, Weights
from llm.models import Route

log = structlog.get_logger(__name__)


def read_policies() -> dict[str, RoutePolicy]:
    """All routes by name. Three queries, four where members stand by."""
    deadline_s = llm_settings().deadline_s
    return {
        route.name: policy_of(route, deadline_s)
        for route in Route.objects.prefetch_related("entries__provider", "entries__standby_state")
    }


def policy_of(route: Route, deadline_s: float) -> RoutePolicy:
    """The row as a value. `deadline_s` is that of routes without their own."""
    return RoutePolicy(
        name=route.name,
        members=tuple(
            Member(
                provider=entry.provider.name,
                priority=entry.priority,
                weight=entry.weight,
                standby=entry.standby,
                joined_at=entry.standby_state.joined_at if entry.standby and hasattr(entry, "standby_state") else None,
            )
            for entry in route.entries.all()
        ),
        next_on_refusal=route.on_refusal == Route.OnRefusal.NEXT,
        deadline_s=route.deadline_s or deadline_s,
        max_wait_s=route.max_wait_s,
        buffered=route.stream_mode == Route.StreamMode.BUFFERED,
        live_tool_calls=route.live_tool_calls,
        hedge_cap=route.hedge_cap_percent / 100 if route.hedge else None,
        strategy=_strategy(route),
        weights=Weights(
            capacity=route.weight_capacity,
            cost=route.weight_cost,
            latency=route.weight_latency,
            priority=route.weight_priority,
        ),
        sticky=route.sticky,
    )


def _strategy(route: Route) -> Strategy:
    """The row's strategy; `priority` for one of another release, which is logged: the other routes must not fail."""
    try:
        return Strategy(route.strategy)
    except ValueError:
        log.error("route_strategy_unknown", route=route.name, strategy=route.strategy)
        return Strategy.PRIORITY
