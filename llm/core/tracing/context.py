"""W3C Trace Context: what a caller sends, what vendors get, and the ids of a call's spans.

The ids follow from the call's id, so a vendor's request can name its span before the span is made.
https://www.w3.org/TR/trace-context/
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
NO_TRACE, NO_SPAN = "0" * 32, "0" * 16
SAMPLED = 1
LONGEST_STATE = 512
"""Characters of `tracestate` that W3C asks to carry at least. A longer one is left out: it may be dropped whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The trace of a call. `parent_id` is the caller's span, "" when the trace begins here; `state` its tracestate."""

    trace_id: str
    parent_id: str = ""
    sampled: bool = True
    state: str = ""


def read(traceparent: str, tracestate: str = "") -> Trace | None:
    """The caller's trace; None for none and for one that W3C calls invalid."""
    found = TRACEPARENT.fullmatch(traceparent.strip())
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace_id == NO_TRACE or parent_id == NO_SPAN:
        return None
    state = tracestate.strip()
    fits = len(state) <= LONGEST_STATE and state.isascii() and state.isprintable()
    sampled = bool(int(flags, 16) & SAMPLED)
    return Trace(trace_id=trace_id, parent_id=parent_id, sampled=sampled, state=state if fits else "")


def trace_of(call_id: str, given: Trace | None) -> Trace:
    """The call's trace: the caller's, or one that begins with it."""
    return given or Trace(trace_id=call_id.replace("-", ""))


def span_id(call_id: str, seq: int = 0) -> str:
    """The id of the call's own span, or of its attempt `seq`."""
    return blake2b(f"{call_id}:{seq}".encode(), digest_size=8).hexdigest()


def headers(trace: Trace, span: str) -> dict[str, str]:
    """The headers of a request that `span` makes."""
    found = {"traceparent": f"00-{trace.trace_id}-{span}-{SAMPLED if trace.sampled else 0:02x}"}
    return found | {"tracestate": trace.state} if trace.state else found
