"""The lines of JSON in which the playground's page gets an answer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import structlog
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.playground.request import Asked
from llm.core.calls import Answer, Caller, Completed, Started, Trail
from llm.core.chat.response import TextDelta
from llm.core.exceptions import CallError, LLMError
from llm.services import playground
from llm.services.runtime import clock
from web.bodies.write import json_bytes

log = structlog.get_logger(__name__)


async def lines(asked: Asked, caller: Caller, language: str) -> AsyncGenerator[bytes]:
    """`started`, `text` and at the end `done` or `error`, each an object on a line of its own."""
    began, first_s = clock.monotonic(), None
    try:
        events = playground.ask(asked.request, caller=caller, options=asked.options, stream=asked.stream)
        async with aclosing(events):
            async for event in events:
                match event:
                    case Started():
                        yield _line("started", provider=event.provider, model=event.model)
                    case TextDelta():
                        first_s = clock.monotonic() - began if first_s is None else first_s
                        yield _line("text", text=event.text)
                    case Completed():
                        with translation.override(language):
                            first = formatting.milliseconds(None if first_s is None else 1000 * first_s)
                            last = _line("done", first=first, **done(event.answer))
                        yield last
    except CallError as error:
        with translation.override(language):
            last = _line("error", message=_(str(error)), trail=trail(error.trail))
        yield last
    except LLMError as error:
        yield _line("error", message=str(error), trail=[])
    except Exception:  # the answer has begun: its status cannot say it any more
        log.exception("playground_failed")
        with translation.override(language):
            last = _line("error", message=_("An error of the gateway: see its log."), trail=[])
        yield last


def _line(kind: str, **fields: Any) -> bytes:
    return json_bytes({"kind": kind, **fields}) + b"\n"


def done(answer: Answer) -> dict[str, Any]:
    """What stands below an answer. Times in milliseconds as text, money in US dollars as text."""
    completion, usage = answer.completion, answer.trail.usage
    return {
        "provider": answer.provider,
        "model": completion.model,
        "degraded": answer.degraded,
        "total": formatting.milliseconds(1000 * answer.elapsed_s),
        "tokens": formatting.tokens(usage.input, usage.output),
        "cost": formatting.cost(answer.trail.cost_usd, answer.trail.unpriced),
        "tools": [{"name": call.name, "arguments": call.arguments} for call in completion.tool_calls],
        "trail": trail(answer.trail),
        "call": reverse("admin:llm_call_change", args=[answer.call.id]),
    }


def trail(trail: Trail) -> list[dict[str, str]]:
    """Who was skipped and asked, each with the cause in words."""
    skipped = [
        {"provider": skip.provider, "what": _("passed over"), "why": formatting.reason(skip.reason)}
        for skip in trail.skips
    ]
    asked = [
        {
            "provider": attempt.provider,
            "what": str(formatting.OUTCOMES[attempt.outcome][1]),
            "why": formatting.reason(attempt.failure.error_class)
            if attempt.failure
            else formatting.milliseconds(1000 * attempt.duration_s),
        }
        for attempt in trail.attempts
    ]
    return [*skipped, *asked]
