"""What the gateway holds of one call from its plan to its end."""

from dataclasses import dataclass, field

from llm.core.calls import CallInfo, CallOptions
from llm.core.chat.request import ChatRequest
from llm.core.consumers.rights import KeyRights
from llm.core.routing.plan import Plan, RoutePolicy
from llm.gateway.output import DeliveredOutput
from llm.gateway.trail import TrailRecorder

NO_PLAN = Plan(stops=(), skips=())


@dataclass(slots=True, kw_only=True)
class CallContext:
    """One call. `started` and `deadline` are seconds on the monotonic clock.

    `trail` and `delivered` grow while the call is under way; the plan is made once. All else is fixed.
    """

    call: CallInfo
    request: ChatRequest
    options: CallOptions
    route: RoutePolicy
    started: float
    deadline: float
    rights: tuple[KeyRights, ...] = ()
    plan: Plan = NO_PLAN
    trail: TrailRecorder = field(default_factory=TrailRecorder)
    delivered: DeliveredOutput = field(default_factory=DeliveredOutput)
