"""Whether a provider can take a request at all, whatever its circuit says."""

from datetime import datetime

from llm.core.calls import CallOptions, Skip, SkipReason
from llm.core.chat.refused import Mend, holds, still_refused
from llm.core.chat.request import Capability
from llm.core.circuit.override import in_force
from llm.core.circuit.override import skip as override_skip
from llm.core.circuit.state import Circuit
from llm.core.routing.candidate import Candidate
from llm.core.routing.limits import misfit
from llm.core.routing.needs import Needs

PARAMETERS = {Capability.TOOLS: "tools", Capability.STREAM: "stream"}
"""Capability -> the request field that asks for it; the others come from the messages."""


def unfit(candidate: Candidate, needs: Needs, options: CallOptions, now: datetime) -> Skip | None:
    """Why this provider cannot take this request, whatever its circuit says; None when it can."""
    name = candidate.name
    if name in options.without:
        return Skip(provider=name, reason=SkipReason.EXCLUDED, detail="left out by the caller")
    if name in options.barred:
        return Skip(provider=name, reason=SkipReason.NOT_ALLOWED, detail="the caller's key may not ask it")
    if not candidate.enabled:
        return Skip(provider=name, reason=SkipReason.DISABLED, detail="switched off by an operator")
    override = in_force(candidate.override, now)
    if override is not None and override.keeps_out:
        return override_skip(name, override)
    if not candidate.has_key:
        return no_key(candidate)
    if missing := needs.capabilities - candidate.capabilities:
        detail = "cannot do: " + ", ".join(sorted(missing))
        parameter = next((PARAMETERS[lacking] for lacking in PARAMETERS if lacking in missing), "messages")
        return Skip(provider=name, reason=SkipReason.CAPABILITY, detail=detail, parameter=parameter)
    if candidate.context_window is not None and needs.input_tokens > candidate.context_window:
        detail = f"about {needs.input_tokens} tokens do not fit its window of {candidate.context_window}"
        return Skip(provider=name, reason=SkipReason.CONTEXT_WINDOW, detail=detail, parameter="messages")
    if needs.request is not None and (beyond := misfit(needs.request, candidate.limits)) is not None:
        return Skip(provider=name, reason=SkipReason.LIMIT, detail=beyond.detail, parameter=beyond.parameter)
    return None


def no_key(candidate: Candidate) -> Skip:
    return Skip(provider=candidate.name, reason=SkipReason.NO_KEY, detail="no API key is configured")


def refused_before(candidate: Candidate, circuit: Circuit, needs: Needs, now: datetime) -> Skip | None:
    """A skip when its vendor has refused the same part of another request, and nothing mends that."""
    request = needs.request
    if request is None or not circuit.refused:
        return None
    for refused in still_refused(circuit.refused, candidate.account, now):
        if refused.mend is Mend.NONE and holds(request, refused, input_tokens=needs.input_tokens):
            detail = f"refused the same {refused.part.replace('_', ' ')} within the last hour: {refused.words}"
            return Skip(provider=candidate.name, reason=SkipReason.REFUSED, detail=detail)
    return None
