"""A call on its way through the door: what was decided before anybody is asked, and what is told of it afterwards."""

from dataclasses import dataclass, replace

from llm.conf import llm_settings
from llm.core.calls import Answer, CallOptions, CallRecord, CallStatus, Trail
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion
from llm.core.failures.policy import Failure
from llm.core.routing.config import Config
from llm.core.routing.plan import RoutePolicy
from llm.gateway.trail import TrailRecorder
from llm.services.runtime import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """A call that is about to start: everything that was decided before anybody is asked."""

    request: ChatRequest
    options: CallOptions
    route: RoutePolicy
    config: Config
    trail_recorder: TrailRecorder
    started: float
    deadline: float


def answer_of(way: CallContext, completion: Completion, provider: str, *, degraded: bool) -> Answer:
    """What the caller gets."""
    return Answer(
        completion=completion,
        provider=provider,
        degraded=degraded,
        call=way.trail_recorder.call,
        trail=way.trail_recorder.trail,
        elapsed_s=clock.monotonic() - way.started,
    )


def record_of(
    way: CallContext, status: CallStatus, *, answer: Answer | None = None, failure: Failure | None = None
) -> CallRecord:
    """What the call log keeps; what was said only when content is kept."""
    trail = way.trail_recorder.trail
    keep = llm_settings().keep_content
    record = CallRecord(
        call=way.trail_recorder.call,
        status=status,
        trail=trail,
        provider=answer.provider if answer else "",
        model=answer.completion.model if answer else "",
        failure=failure,
        dropped=answer.completion.dropped if answer else (),
        elapsed_s=clock.monotonic() - way.started,
        first_token_s=_first_token_s(way, trail),
        resumed=answer is not None and answer.resumed,
    )
    if not keep:
        return record
    prompt = "\n".join(f"{message.role}: {message.text}" for message in way.request.messages)
    return replace(record, prompt=prompt, answer=answer.completion.text if answer else "")


def _first_token_s(way: CallContext, trail: Trail) -> float | None:
    """Seconds from the call's start to its first token, waiting at other providers included."""
    spoke = [attempt for attempt in trail.attempts if attempt.first_token_s is not None]
    if not spoke:
        return None
    heard = spoke[-1] if way.route.buffered else spoke[0]
    return (heard.started_at - way.trail_recorder.call.started_at).total_seconds() + (heard.first_token_s or 0.0)
