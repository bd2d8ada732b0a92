"""Builds the results of a call: the caller's answer and the record for the call log."""

from llm.conf import llm_settings
from llm.core.calls import Answer, CallRecord, CallStatus, Trail
from llm.core.chat.request import ChatRequest
from llm.core.chat.response import Completion
from llm.core.failures.masking import mask_secrets
from llm.core.failures.policy import Failure
from llm.core.routing.config import Config
from llm.gateway.context import CallContext
from llm.services.runtime import clock
from llm.stores.config.snapshot import config_store
from llm.stores.prices import price
from llm.vendors.catalogue import price_id_of


def answer_of(
    context: CallContext, completion: Completion, provider: str, *, degraded: bool = False, resumed: bool = False
) -> Answer:
    """The caller's answer, with the trail so far and its cost."""
    set_costs(context)
    return Answer(
        completion=completion,
        provider=provider,
        degraded=degraded,
        resumed=resumed,
        call=context.call,
        trail=context.trail.trail,
        elapsed_s=clock.monotonic() - context.started,
    )


def record_of(
    context: CallContext, status: CallStatus, *, answer: Answer | None = None, failure: Failure | None = None
) -> CallRecord:
    """The record for the call log. Where content is kept, it has prompt and answer, with keys masked."""
    set_costs(context)
    trail, keeps_content = context.trail.trail, llm_settings().keep_content
    first = context.plan.first
    fallback = status is CallStatus.OK and answer is not None and answer.provider != first
    return CallRecord(
        call=context.call,
        status=status,
        trail=trail,
        provider=answer.provider if answer else "",
        model=answer.completion.model if answer else "",
        failure=failure,
        dropped=answer.completion.dropped if answer else (),
        elapsed_s=clock.monotonic() - context.started,
        first_token_s=_first_token_s(context, trail),
        resumed=answer is not None and answer.resumed,
        fallback=fallback,
        failover_from=first or "" if fallback else "",
        failover_why=trail.why_not(first) if fallback and first else "",
        prompt=mask_secrets(_prompt(context.request)) if keeps_content else "",
        answer=mask_secrets(answer.completion.text) if answer and keeps_content else "",
    )


def set_costs(context: CallContext) -> None:
    """Prices the attempts: once, so that answer, record and sums show one number."""
    config = config_store.peek()
    context.trail.set_costs(lambda attempt: price(attempt, config.prices, _price_id(config, attempt.provider)))


def _price_id(config: Config, provider: str) -> str:
    """The provider's vendor in the price list; "" for one that is gone."""
    found = config.providers.get(provider)
    return price_id_of(found.vendor, found.base_url) if found is not None else ""


def _prompt(request: ChatRequest) -> str:
    return "\n".join(f"{message.role}: {message.text}" for message in request.messages)


def _first_token_s(context: CallContext, trail: Trail) -> float | None:
    """Seconds from the call's start to the first token that the caller received, earlier attempts included."""
    with_token = [attempt for attempt in trail.attempts if attempt.first_token_s is not None]
    if not with_token:
        return None
    attempt = with_token[-1] if context.route.buffered else with_token[0]
    return (attempt.started_at - context.call.started_at).total_seconds() + (attempt.first_token_s or 0.0)
