"""One request through the product's door, and what its caller got of it."""

import time
from collections.abc import Iterator

from llm.core.calls import AnswerEvent, Caller, CallOptions, Completed
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import TextDelta
from llm.core.exceptions import NoAnswer, RequestRejected, StreamBroken
from llm.drills.drill import Ask
from llm.drills.report import Ending, Got
from llm.services.calls.run import complete_sync, stream_sync

CALLER = Caller(consumer="drill", origin="command")
REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour ! Je cherche un plombier à Bonamoussadi."),), language="fr")


def ask_often(ask: Ask) -> Iterator[Got]:
    """The answers to one worker's requests, as they come."""
    started = time.monotonic()
    for number in range(ask.times):
        time.sleep(max(0.0, started + number * ask.every_s - time.monotonic()))
        yield ask_once(ask)


def ask_once(ask: Ask) -> Got:
    started = time.monotonic()
    provider, ending = _asked(ask)
    return Got(ending=ending, provider=provider, elapsed_s=time.monotonic() - started)


def _asked(ask: Ask) -> tuple[str, Ending]:
    options = CallOptions(deadline_s=ask.deadline_s)
    try:
        if ask.stream:
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
    """Who answered; what was heard must be the whole answer, told once, whoever told which part of it."""
    heard = ""
    for event in events:
        if isinstance(event, TextDelta):
            heard += event.text
        elif isinstance(event, Completed) and event.answer.completion.text == heard:
            return event.answer.provider, Ending.STATIC if event.answer.degraded else Ending.ANSWERED
    return "", Ending.FAILED
