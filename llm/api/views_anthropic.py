"""Anthropic's API: messages. Any Anthropic client works by changing its base URL and key."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase, JsonResponse

from llm import services
from llm.api import anthropic_docs as docs
from llm.api.anthropic_request import MessagesCall, read_count, read_messages_call
from llm.api.anthropic_response import message
from llm.api.anthropic_stream import AnthropicStream
from llm.api.openai_fields import bad
from llm.api.openai_request import last_user_text
from llm.api.openai_response import answer_headers
from llm.api.openai_stream import with_refusals
from llm.core.calls import CallOptions
from llm.core.language import detect
from llm.core.outcome import RequestRejected, UnknownProvider
from llm.core.plan import needs_of
from web.bodies import read_object
from web.event_stream import open_stream
from web.http import Visit, endpoint

READ_FOR_LANGUAGE = 4_000
"""Characters: the small words that tell a language come early, and a long text is not worth the time."""


@docs.messages
@endpoint("POST", idempotent=True)
async def messages(visit: Visit) -> HttpResponseBase:
    """One answer, whole or streamed, from the first provider that can give it."""
    call = read_messages_call(read_object(visit.request))
    language = call.language or detect(last_user_text(call.request.messages)[:READ_FOR_LANGUAGE])
    call = replace(call, request=replace(call.request, language=language))
    resolved = await services.resolve_model(call.model)
    options = replace(resolved, fallbacks=call.fallbacks, static=call.static)
    try:
        return await (_streamed if call.stream else _whole)(visit, call, options)
    except UnknownProvider as error:
        raise bad("fallbacks", str(error)) from error


async def _whole(visit: Visit, call: MessagesCall, options: CallOptions) -> HttpResponseBase:
    try:
        answer = await services.complete(call.request, caller=visit.caller("api"), options=options)
    except RequestRejected as error:
        if error.refusal is None:
            raise
        answer = error.refusal
    return JsonResponse(message(answer, thinks=call.thinks), headers=answer_headers(answer))


async def _streamed(visit: Visit, call: MessagesCall, options: CallOptions) -> HttpResponseBase:
    events = with_refusals(services.stream(call.request, caller=visit.caller("api"), options=options))
    return await open_stream(events, AnthropicStream(request_id=visit.request_id, thinks=call.thinks))


@docs.count_tokens
@endpoint("POST")
async def count_tokens(visit: Visit) -> dict[str, Any]:
    """How many tokens the request has: the gateway's own estimate, by which it chooses who is asked."""
    call = read_count(read_object(visit.request))
    await services.resolve_model(call.model)
    return {"input_tokens": max(1, needs_of(call.request, stream=False).input_tokens)}
