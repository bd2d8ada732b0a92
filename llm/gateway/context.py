"""What the gateway holds of one call from its plan to its end."""

from dataclasses import dataclass, field

from llm.core.calls import CallInfo, CallOptions
from llm.core.chat.request import ChatRequest
from llm.core.consumers.rights import KeyRights
from llm.core.routing.hedging import Hedge
from llm.core.routing.plan import Plan, RoutePolicy
from llm.gateway.output import DeliveredOutput
from llm.gateway.trail import TrailRecorder

NO_PLAN = Plan(stops=(), skips=())


@dataclass(slots=True, kw_only=True)
class CallContext:
    """One call. `started` and `deadline` are seconds on the monotonic clock.

    `trail` and `delivered` grow while the call is under way; the plan is made once, with `input_tokens`. All else is
    fixed. `hedge`: when a second provider is asked beside the first; None: never.
    """

    call: CallInfo
    request: ChatRequest
    options: CallOptions
    route: RoutePolicy
    started: float
    deadline: float
    rights: tuple[KeyRights, ...] = ()
    input_tokens: int = 0
    """The request's size, as estimated when the plan is made."""
    plan: Plan = NO_PLAN
    hedge: Hedge | None = None
    trail: TrailRecorder = field(default_factory=TrailRecorder)
    delivered: DeliveredOutput = field(default_factory=DeliveredOutput)
