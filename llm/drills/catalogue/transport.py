"""Drills in which the network or the vendor fails before an answer begins: errors, resets, silence."""

from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.drills.drill import Drill, SendRequests, SetFaults
from llm.drills.expectations import (
    answered_by,
    answered_within,
    at_most_calls,
    circuit_is,
    no_vendor_called_twice,
    static_answered,
    vendor_calls,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName

FIRST, LATER = "the first request", "the next ones"

ERROR_ONCE = Drill(
    name="server_error_once",
    title="Claude says 500 once: the gateway retries, and Claude answers",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.SERVER_ERROR, times=1),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=5),
    ),
    expects=(
        answered_by("claude", FIRST),
        vendor_calls(FIRST, claude=2, gemini=0, openai=0),
        answered_by("claude", LATER),
        vendor_calls(LATER, claude=5, gemini=0, openai=0),
        circuit_is("claude", CircuitState.CLOSED, LATER),
    ),
)

RESET = Drill(
    name="reset_before_headers",
    title="Claude resets every connection: Gemini answers, and after five resets Claude gets no calls",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.RESET),)),
        SendRequests(scene=FIRST),
        SendRequests(scene=LATER, times=20),
    ),
    expects=(
        answered_by("gemini", FIRST),
        answered_by("gemini", LATER),
        at_most_calls("claude", 5, LATER),
        circuit_is("claude", CircuitState.OPEN, LATER, reason=ErrorClass.CONNECTION),
    ),
)

SILENCE = Drill(
    name="three_silent_vendors",
    title="All three accept the request and send nothing: the static answer comes within the deadline of 3 seconds",
    acts=(
        *(SetFaults(vendor=vendor, faults=(Fault(name=FaultName.SILENCE),)) for vendor in VENDORS),
        SendRequests(scene=FIRST, deadline_s=3.0),
    ),
    expects=(static_answered(FIRST), no_vendor_called_twice(FIRST), answered_within(3.3, FIRST)),
)

SILENCE_AT_LENGTH = Drill(
    name="three_silent_vendors_and_ten_seconds",
    title="The same with a deadline of 10 seconds, plain and streamed",
    acts=(
        *(SetFaults(vendor=vendor, faults=(Fault(name=FaultName.SILENCE),)) for vendor in VENDORS),
        SendRequests(scene="plain", deadline_s=10.0),
        SendRequests(scene="streamed", deadline_s=10.0, stream=True),
    ),
    expects=(
        static_answered("plain"),
        no_vendor_called_twice("plain"),
        answered_within(10.3, "plain"),
        static_answered("streamed"),
        no_vendor_called_twice("streamed"),
        answered_within(10.3, "streamed"),
    ),
    slow=True,
)

SLOW_FIRST_TOKEN = Drill(
    name="slow_first_token",
    title="Claude opens the stream and sends nothing: Gemini streams the answer, Claude is not retried",
    acts=(
        SetFaults(vendor="claude", faults=(Fault(name=FaultName.SLOW_FIRST_TOKEN, delay=20),)),
        SendRequests(scene=FIRST, stream=True, deadline_s=3.0),
    ),
    expects=(
        answered_by("gemini", FIRST),
        vendor_calls(FIRST, claude=1, gemini=1, openai=0),
        answered_within(3.3, FIRST),
    ),
)

TRANSPORT = (ERROR_ONCE, RESET, SILENCE, SILENCE_AT_LENGTH, SLOW_FIRST_TOKEN)
