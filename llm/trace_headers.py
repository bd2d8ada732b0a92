"""The headers by which a request to a vendor continues a trace. Empty while tracing is off."""

from collections.abc import Mapping
from contextvars import ContextVar

from llm.core.calls import CallInfo
from llm.core.tracing.context import headers, read, span_id, trace_of

outgoing: ContextVar[Mapping[str, str]] = ContextVar("outgoing_trace", default={})  # noqa: B039  never changed in place
"""Those of the attempt that this task makes. The transports send them along."""


def set_for(call: CallInfo, seq: int) -> None:
    """Sets them for the attempt `seq` of a traced call, and takes those of another one away."""
    if call.traced:
        caller = call.caller
        trace = trace_of(call.id, read(caller.traceparent, caller.tracestate))
        outgoing.set(headers(trace, span_id(call.id, seq)))
    elif outgoing.get():
        outgoing.set({})
