"""Gives a call the route of its use case, by the operators' rules."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from llm.conf import llm_settings
from llm.core.calls import Caller, CallOptions
from llm.core.chat.request import Capability, ChatRequest
from llm.core.consumers.allowed import refused_by_any
from llm.core.consumers.rights import AskedFor
from llm.core.routing.config import Config
from llm.core.routing.needs import needs_of
from llm.core.routing.rules import Request, choose
from llm.services.runtime import clock


def routed(config: Config, request: ChatRequest, caller: Caller, options: CallOptions) -> CallOptions:
    """The options with the route that the rules choose. A call that names a provider has chosen by itself."""
    if not config.route_rules or options.only is not None or options.primary is not None:
        return options
    choice = choose(
        config.route_rules,
        _seen(request, caller, options.route),
        lambda route: refused_by_any(caller.rights, AskedFor(route=route)) is None,
    )
    return options if choice.rule is None else replace(options, route=choice.route)


def _seen(request: ChatRequest, caller: Caller, route: str) -> Request:
    needs = needs_of(request, stream=False)
    return Request(
        route=route,
        endpoint=caller.endpoint or caller.origin,
        consumer=caller.consumer,
        team=caller.team,
        tags=caller.tags,
        language=request.language,
        input_tokens=needs.input_tokens,
        tools=Capability.TOOLS in needs.capabilities,
        images=Capability.IMAGES in needs.capabilities,
        hour=hour_of(clock.now()),
    )


def hour_of(moment: datetime) -> float:
    """Hours since midnight in LLM_TIME_ZONE."""
    local = moment.astimezone(ZoneInfo(llm_settings().time_zone))
    return local.hour + local.minute / 60
