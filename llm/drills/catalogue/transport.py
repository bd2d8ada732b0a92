"""Drills in which the network or the vendor's edge fails before an answer begins: errors, resets, silence."""

from llm.drills.drill import Ask, Break, Drill
from llm.drills.expecting import (
    answered_by,
    nobody_asked_twice,
    saw,
    saw_at_most,
    stands,
    static,
    within,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName

FIRST, LATER = "the first request", "the next ones"

ERROR_ONCE = Drill(
    name="server_error_once",
    title="Claude says 500 once: it is asked once more, and answers",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.SERVER_ERROR, times=1),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=5),
    ),
    expects=(
        answered_by("claude", FIRST),
        saw(FIRST, claude=2, gemini=0, openai=0),
        answered_by("claude", LATER),
        saw(LATER, claude=5, gemini=0, openai=0),
        stands("claude", "closed", LATER),
    ),
)

RESET = Drill(
    name="reset_before_headers",
    title="Claude resets every connection: Gemini answers, and after five resets Claude is left alone",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.RESET),)),
        Ask(scene=FIRST),
        Ask(scene=LATER, times=20),
    ),
    expects=(
        answered_by("gemini", FIRST),
        answered_by("gemini", LATER),
        saw_at_most("claude", 5, LATER),
        stands("claude", "open", LATER, reason="connection"),
    ),
)

SILENCE = Drill(
    name="three_silent_vendors",
    title="All three take the request and say nothing: the static answer comes within the deadline of 3 seconds",
    acts=(
        *(Break(vendor=vendor, faults=(Fault(name=FaultName.SILENCE),)) for vendor in VENDORS),
        Ask(scene=FIRST, deadline_s=3.0),
    ),
    expects=(static(FIRST), nobody_asked_twice(FIRST), within(3.3, FIRST)),
)

SILENCE_AT_LENGTH = Drill(
    name="three_silent_vendors_and_ten_seconds",
    title="The same with a deadline of 10 seconds, plain and streamed",
    acts=(
        *(Break(vendor=vendor, faults=(Fault(name=FaultName.SILENCE),)) for vendor in VENDORS),
        Ask(scene="plain", deadline_s=10.0),
        Ask(scene="streamed", deadline_s=10.0, stream=True),
    ),
    expects=(
        static("plain"),
        nobody_asked_twice("plain"),
        within(10.3, "plain"),
        static("streamed"),
        nobody_asked_twice("streamed"),
        within(10.3, "streamed"),
    ),
    slow=True,
)

SLOW_FIRST_TOKEN = Drill(
    name="slow_first_token",
    title="Claude opens the stream and stays silent: Gemini streams the answer, Claude is not asked twice",
    acts=(
        Break(vendor="claude", faults=(Fault(name=FaultName.SLOW_FIRST_TOKEN, delay=20),)),
        Ask(scene=FIRST, stream=True, deadline_s=3.0),
    ),
    expects=(answered_by("gemini", FIRST), saw(FIRST, claude=1, gemini=1, openai=0), within(3.3, FIRST)),
)

TRANSPORT = (ERROR_ONCE, RESET, SILENCE, SILENCE_AT_LENGTH, SLOW_FIRST_TOKEN)
