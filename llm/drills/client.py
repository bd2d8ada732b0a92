"""A client of the gateway: sends a drill's requests and classifies what comes back."""

import time
from collections.abc import Iterator

from llm.core.calls import AnswerEvent, Caller, CallOptions, Completed
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import TextDelta
from llm.core.exceptions import NoAnswer, RequestRejected, StreamBroken
from llm.drills.drill import SendRequests
from llm.drills.report import ClientResult, Ending
from llm.services.calls.run import complete_sync, stream_sync

CALLER = Caller(consumer="drill", origin="command")
REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour ! Je cherche un cadeau pour ma mère."),), language="fr")


def send_all(act: SendRequests) -> Iterator[ClientResult]:
    """The results of one worker's requests, as they come; sleeps between two requests."""
    started = time.monotonic()
    for number in range(act.times):
        time.sleep(max(0.0, started + number * act.every_s - time.monotonic()))
        sent = time.monotonic()
        provider, ending = _send(act)
        yield ClientResult(ending=ending, provider=provider, elapsed_s=time.monotonic() - sent)


def _send(act: SendRequests) -> tuple[str, Ending]:
    options = CallOptions(deadline_s=act.deadline_s)
    try:
        if act.stream:
            return _read(stream_sync(REQUEST, caller=CALLER, options=options))
        answer = complete_sync(REQUEST, caller=CALLER, options=options)
        return answer.provider, Ending.STATIC if answer.degraded else Ending.ANSWERED
    except RequestRejected:
        return "", Ending.REJECTED
    except StreamBroken:
        return "", Ending.CUT
    except NoAnswer:
        return "", Ending.FAILED


def _read(events: Iterator[AnswerEvent]) -> tuple[str, Ending]:
    """Provider and ending of a stream. FAILED when its deltas differ from the complete text at its end."""
    text = ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Completed) and event.answer.completion.text == text:
            return event.answer.provider, Ending.STATIC if event.answer.degraded else Ending.ANSWERED
    return "", Ending.FAILED
