"""Prompts that operators try: ordinary calls, marked as tests, within a budget of their own."""

from collections.abc import AsyncGenerator
from decimal import Decimal

from llm.core.calls import AnswerEvent, Caller, CallOptions, Completed, Started
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import TextDelta
from llm.models import Budget
from llm.services.calls import run
from llm.stores.config.snapshot import config_store

TAG = "@playground"
"""The tag of these calls. No caller can send it: tags begin with a letter or a digit."""
ORIGIN = "test"
DAILY_USD = Decimal(1)
UNPRICED_USD = Decimal(10)
"""Charged for a million tokens of a model without a known price."""


def budget() -> Budget:
    """The playground's budget, made with its defaults when there is none: nothing is tried without one."""
    found = Budget.objects.filter(scope=Budget.ScopeKind.TAG, target=TAG).order_by("created_at").first()
    if found is not None:
        return found
    name = "playground" if not Budget.objects.filter(name="playground").exists() else "playground-trials"
    row, _ = Budget.objects.get_or_create(
        name=name,
        defaults={
            "scope": Budget.ScopeKind.TAG,
            "target": TAG,
            "usd": DAILY_USD,
            "span": Budget.Span.DAY,
            "unpriced": Budget.Unpriced.BOUND,
            "unpriced_usd": UNPRICED_USD,
        },
    )
    return row


def caller(user_id: int | None, username: str) -> Caller:
    """Who asks, as the record of the call says it."""
    return Caller(user_id=user_id, consumer=username, origin=ORIGIN, tags=(TAG,))


def to_provider(name: str, without: tuple[str, ...]) -> CallOptions:
    """That provider alone, as its circuit allows, and no static answer."""
    return CallOptions(primary=name, fallbacks=(), without=without, static=False, by="playground")


def to_route(name: str, without: tuple[str, ...]) -> CallOptions:
    """The route as callers get it, as if the providers `without` were out."""
    return CallOptions(route=name, without=without, by="playground")


async def ask(
    request: ChatRequest, *, caller: Caller, options: CallOptions, stream: bool
) -> AsyncGenerator[AnswerEvent]:
    """The answer as events, in one piece without `stream`. `budget` has been called. Raises what calls raise."""
    await config_store.reload()  # the budget may be new
    if stream:
        async for event in run.stream(request, caller=caller, options=options):
            yield event
        return
    answer = await run.complete(request, caller=caller, options=options)
    yield Started(
        call_id=answer.call.id,
        provider=answer.provider,
        model=answer.completion.model,
        attempts=len(answer.trail.attempts),
        degraded=answer.degraded,
    )
    yield TextDelta(text=answer.completion.text)
    yield Completed(answer=answer)
