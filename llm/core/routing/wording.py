"""Why an attempt was made: the code for programs, the sentence for people."""

from llm.core.calls import AttemptReason
from llm.core.routing.next_step import Move, Step
from llm.core.routing.plan import BY_CIRCUIT, Stop

SENTENCES = {
    AttemptReason.FIRST: "first in line",
    AttemptReason.FALLBACK: "next in line",
    AttemptReason.RAMPING: "no other provider is left",
    AttemptReason.TRIAL: "half-open trial",
    AttemptReason.FORCED_CLOSED: "forced closed",
    AttemptReason.LAST_RESORT: "last resort: every circuit is open",
    AttemptReason.TEST: "asked past its circuit",
    AttemptReason.PROBE: "asked past its circuit",
    AttemptReason.HEDGE: "the provider before it was silent for longer than usual",
}


def attempt_reason(stop: Stop, step: Step | None) -> AttemptReason:
    """The code of the attempt at `stop` that `step` led to; None for the call's first attempt."""
    if step is None:
        return stop.reason
    if step.resumes:
        return AttemptReason.CONTINUATION
    return AttemptReason.RETRY if step.move is Move.AGAIN else stop.reason


def attempt_sentence(stop: Stop, step: Step | None) -> str:
    """The same as a sentence: "first in line", "half-open trial, after timeout", "once more after overloaded"."""
    ground = stop.detail or SENTENCES[stop.reason]
    if step is None:
        return "; ".join(part for part in (ground, stop.choice, stop.move) if part)
    before = f"once more after {step.after}" if step.move is Move.AGAIN else f"after {step.after}"
    if step.resumes:
        before = f"continues the answer {before}"
    sentence = before if stop.reason in BY_CIRCUIT else f"{ground}, {before}"
    return f"{sentence}; {stop.move}" if stop.move and step.move is Move.NEXT else sentence
