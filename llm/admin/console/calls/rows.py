"""The rows of the list of calls."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from llm.admin import formatting
from llm.admin.console.calls.words import Step, cause, way
from llm.models import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    id: str
    href: str
    request_id: str
    when: str
    state: str
    status: str
    steps: list[Step]
    cause: str
    consumer: str
    route: str
    elapsed: str
    tokens: str
    cost: str


def rows_of(calls: Iterable[Call]) -> list[CallRow]:
    """The rows of calls with their attempts fetched."""
    return [_row(call) for call in calls]


def _row(call: Call) -> CallRow:
    state, status = formatting.STATUSES.get(call.status, ("default", call.status))
    attempts = sorted(call.attempts.all(), key=lambda each: each.seq)
    return CallRow(
        id=str(call.pk),
        href=reverse("admin:llm_call_change", args=[call.pk]),
        request_id=call.request_id,
        when=formatting.exact(call.started_at),
        state=state,
        status=str(status),
        steps=way(call, attempts),
        cause=cause(call, attempts),
        consumer=call.consumer,
        route=call.route,
        elapsed=formatting.milliseconds(call.elapsed_ms),
        tokens=formatting.tokens(call.input_tokens, call.output_tokens),
        cost=formatting.cost(call.cost_usd, call.unpriced_attempts),
    )
