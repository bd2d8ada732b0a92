"""Drills in which an answer begins and goes wrong, or the request itself is what a vendor objects to."""

from llm.drills.drill import Ask, Break, Drill
from llm.drills.expecting import (
    answered_by,
    cut,
    everyone_answered,
    nobody_asked_more_than,
    nobody_asked_twice,
    rejected,
    saw,
    stands,
    within,
)
from llm.drills.report import VENDORS
from llm.simulator import Fault, FaultName

STREAMED, PLAIN, LATER = "streamed", "plain", "the next one"


def _claude(name: FaultName, *, chunks: int | None = None, delay: float | None = None) -> Break:
    return Break(vendor="claude", faults=(Fault(name=name, chunks=chunks, delay=delay, times=1),))


CUT = Drill(
    name="cut_after_content",
    title="Claude's connection breaks in mid-answer: Gemini goes on with it, and the caller gets the whole",
    acts=(_claude(FaultName.CUT, chunks=2), Ask(scene=STREAMED, stream=True), Ask(scene=LATER, stream=True)),
    expects=(
        answered_by("gemini", STREAMED),
        saw(STREAMED, claude=1, gemini=1, openai=0),
        answered_by("claude", LATER),
        stands("claude", "closed", LATER),
    ),
)

CUT_EVERYWHERE = Drill(
    name="cut_everywhere",
    title="Every vendor's connection breaks in mid-answer: the caller is told, and half an answer is no whole one",
    acts=(
        *(Break(vendor=name, faults=(Fault(name=FaultName.CUT, chunks=2),)) for name in VENDORS),
        Ask(scene=STREAMED, stream=True),
    ),
    expects=(cut(STREAMED), nobody_asked_more_than(2, STREAMED)),
)

CUT_BEFORE_CONTENT = Drill(
    name="cut_before_content",
    title="Claude's stream breaks before its first word: nothing has gone out, so the answer still comes whole",
    acts=(_claude(FaultName.CUT, chunks=0), Ask(scene=STREAMED, stream=True)),
    expects=(answered_by("claude", STREAMED), saw(STREAMED, claude=2, gemini=0, openai=0)),
)

STALL = Drill(
    name="stall_after_content",
    title="Claude falls silent in mid-answer: the caller is told at the deadline of 3 seconds, not later",
    acts=(_claude(FaultName.STALL, chunks=2), Ask(scene=STREAMED, stream=True, deadline_s=3.0)),
    expects=(cut(STREAMED), saw(STREAMED, claude=1, gemini=0, openai=0), within(3.3, STREAMED)),
)

MALFORMED = Drill(
    name="malformed_chunk",
    title="Claude sends a chunk that is no JSON among good ones: it is passed over, and the answer goes on to its end",
    acts=(_claude(FaultName.MALFORMED_CHUNK, chunks=2), Ask(scene=STREAMED, stream=True)),
    expects=(
        answered_by("claude", STREAMED),
        saw(STREAMED, claude=1, gemini=0, openai=0),
        stands("claude", "closed", STREAMED),
    ),
)

NO_END_MARKER = Drill(
    name="missing_end_marker",
    title="Claude's stream ends without saying so: half an answer is not passed off as a whole one, Gemini goes on",
    acts=(
        _claude(FaultName.CLEAN_EARLY_END, chunks=2),
        Ask(scene=STREAMED, stream=True),
        Ask(scene=LATER, stream=True),
    ),
    expects=(
        answered_by("gemini", STREAMED),
        saw(STREAMED, claude=1, gemini=1, openai=0),
        answered_by("claude", LATER),
    ),
)

DRIP = Drill(
    name="slow_drip",
    title="Claude drips its answer: slow is not dead, and the stream is read to its end",
    acts=(_claude(FaultName.DRIP, delay=0.01), Ask(scene=STREAMED, stream=True)),
    expects=(
        answered_by("claude", STREAMED),
        saw(STREAMED, claude=1, gemini=0, openai=0),
        stands("claude", "closed", STREAMED),
    ),
)

DRIP_WITHOUT_END = Drill(
    name="slow_drip_past_its_limit",
    title="Claude drips a plain answer for longer than it may take: Gemini answers within the deadline of 3 seconds",
    acts=(_claude(FaultName.DRIP, delay=2), Ask(scene=PLAIN, deadline_s=3.0)),
    expects=(answered_by("gemini", PLAIN), saw(PLAIN, claude=1, gemini=1, openai=0), within(3.3, PLAIN)),
)

CONTEXT = Drill(
    name="context_too_long",
    title="Claude says that the prompt is too long: only a vendor with a larger window is asked, nobody is held guilty",
    acts=(_claude(FaultName.CONTEXT_LENGTH), Ask(scene=PLAIN), Ask(scene=LATER)),
    expects=(
        everyone_answered(PLAIN),
        saw(PLAIN, claude=1),
        nobody_asked_twice(PLAIN),
        answered_by("claude", LATER),
        stands("claude", "closed", LATER),
    ),
)

FILTERED = Drill(
    name="content_filtered",
    title="Claude's filter objects to the content: the caller is told, and no other vendor is shopped for",
    acts=(_claude(FaultName.CONTENT_FILTERED), Ask(scene=PLAIN), Ask(scene=LATER)),
    expects=(
        rejected(PLAIN),
        saw(PLAIN, claude=1, gemini=0, openai=0),
        answered_by("claude", LATER),
        stands("claude", "closed", LATER),
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
