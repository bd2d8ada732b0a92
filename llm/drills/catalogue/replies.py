"""Drills in which an answer breaks after its beginning, or a vendor refuses the request's content."""

from llm.core.circuit.state import CircuitState
from llm.drills.drill import Drill, SendRequests, SetFaults
from llm.drills.expectations import (
    all_answered,
    answered_by,
    answered_within,
    circuit_is,
    no_vendor_called_more_than,
    no_vendor_called_twice,
    rejected,
    stream_cut,
    vendor_calls,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName

STREAMED, PLAIN, LATER = "streamed", "plain", "the next one"


def _claude(name: FaultName, *, chunks: int | None = None, delay: float | None = None) -> SetFaults:
    return SetFaults(vendor="claude", faults=(Fault(name=name, chunks=chunks, delay=delay, times=1),))


CUT = Drill(
    name="cut_after_content",
    title="Claude's connection breaks in mid-answer: Gemini continues it, and the caller gets the complete answer",
    acts=(
        _claude(FaultName.CUT, chunks=2),
        SendRequests(scene=STREAMED, stream=True),
        SendRequests(scene=LATER, stream=True),
    ),
    expects=(
        answered_by("gemini", STREAMED),
        vendor_calls(STREAMED, claude=1, gemini=1, openai=0),
        answered_by("claude", LATER),
        circuit_is("claude", CircuitState.CLOSED, LATER),
    ),
)

CUT_EVERYWHERE = Drill(
    name="cut_everywhere",
    title="Every vendor's connection breaks in mid-answer: the caller gets an error at the end of the stream",
    acts=(
        *(SetFaults(vendor=name, faults=(Fault(name=FaultName.CUT, chunks=2),)) for name in VENDORS),
        SendRequests(scene=STREAMED, stream=True),
    ),
    expects=(stream_cut(STREAMED), no_vendor_called_more_than(2, STREAMED)),
)

CUT_BEFORE_CONTENT = Drill(
    name="cut_before_content",
    title="Claude's stream breaks before its first word: the gateway retries, and Claude answers",
    acts=(_claude(FaultName.CUT, chunks=0), SendRequests(scene=STREAMED, stream=True)),
    expects=(answered_by("claude", STREAMED), vendor_calls(STREAMED, claude=2, gemini=0, openai=0)),
)

STALL = Drill(
    name="stall_after_content",
    title="Claude sends nothing more in mid-answer: Gemini continues the answer within the deadline of 3 seconds",
    acts=(_claude(FaultName.STALL, chunks=2), SendRequests(scene=STREAMED, stream=True, deadline_s=3.0)),
    expects=(
        answered_by("gemini", STREAMED),
        vendor_calls(STREAMED, claude=1, gemini=1, openai=0),
        answered_within(3.3, STREAMED),
    ),
)

MALFORMED = Drill(
    name="malformed_chunk",
    title="Claude sends one chunk that is not JSON: it is ignored, and the answer is complete",
    acts=(_claude(FaultName.MALFORMED_CHUNK, chunks=2), SendRequests(scene=STREAMED, stream=True)),
    expects=(
        answered_by("claude", STREAMED),
        vendor_calls(STREAMED, claude=1, gemini=0, openai=0),
        circuit_is("claude", CircuitState.CLOSED, STREAMED),
    ),
)

NO_END_MARKER = Drill(
    name="missing_end_marker",
    title="Claude's stream ends without its end marker: it counts as incomplete, and Gemini continues it",
    acts=(
        _claude(FaultName.CLEAN_EARLY_END, chunks=2),
        SendRequests(scene=STREAMED, stream=True),
        SendRequests(scene=LATER, stream=True),
    ),
    expects=(
        answered_by("gemini", STREAMED),
        vendor_calls(STREAMED, claude=1, gemini=1, openai=0),
        answered_by("claude", LATER),
    ),
)

DRIP = Drill(
    name="slow_drip",
    title="Claude sends its answer slowly: the stream is read to its end",
    acts=(_claude(FaultName.DRIP, delay=0.01), SendRequests(scene=STREAMED, stream=True)),
    expects=(
        answered_by("claude", STREAMED),
        vendor_calls(STREAMED, claude=1, gemini=0, openai=0),
        circuit_is("claude", CircuitState.CLOSED, STREAMED),
    ),
)

DRIP_WITHOUT_END = Drill(
    name="slow_drip_past_its_limit",
    title="Claude sends a plain answer too slowly: Gemini answers within the deadline of 3 seconds",
    acts=(_claude(FaultName.DRIP, delay=2), SendRequests(scene=PLAIN, deadline_s=3.0)),
    expects=(
        answered_by("gemini", PLAIN),
        vendor_calls(PLAIN, claude=1, gemini=1, openai=0),
        answered_within(3.3, PLAIN),
    ),
)

CONTEXT = Drill(
    name="context_too_long",
    title="Claude says that the prompt is too long: only vendors with a larger window are asked, no circuit opens",
    acts=(_claude(FaultName.CONTEXT_LENGTH), SendRequests(scene=PLAIN), SendRequests(scene=LATER)),
    expects=(
        all_answered(PLAIN),
        vendor_calls(PLAIN, claude=1),
        no_vendor_called_twice(PLAIN),
        answered_by("claude", LATER),
        circuit_is("claude", CircuitState.CLOSED, LATER),
    ),
)

FILTERED = Drill(
    name="content_filtered",
    title="Claude's filter refuses the content: the caller gets the error, and no other vendor is asked",
    acts=(_claude(FaultName.CONTENT_FILTERED), SendRequests(scene=PLAIN), SendRequests(scene=LATER)),
    expects=(
        rejected(PLAIN),
        vendor_calls(PLAIN, claude=1, gemini=0, openai=0),
        answered_by("claude", LATER),
        circuit_is("claude", CircuitState.CLOSED, LATER),
    ),
)

REPLIES = (
    CUT,
    CUT_EVERYWHERE,
    CUT_BEFORE_CONTENT,
    STALL,
    MALFORMED,
    NO_END_MARKER,
    DRIP,
    DRIP_WITHOUT_END,
    CONTEXT,
    FILTERED,
)
