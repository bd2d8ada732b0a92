"""Anthropic's API: messages. Any Anthropic client works by changing its base URL and key."""

from functools import partial
from typing import Any

from django.http import HttpResponseBase

from llm.api.anthropic import schema as docs
from llm.api.anthropic.errors import limits_in_dialect
from llm.api.anthropic.request import read_count, read_messages_call
from llm.api.anthropic.response import message
from llm.api.anthropic.stream import AnthropicStream
from llm.api.chat.gateway import complete, stream
from llm.core.routing.needs import needs_of
from llm.services.models import check_model
from web.bodies.read import read_as
from web.bodies.write import json_response
from web.endpoint import RequestContext, endpoint
from web.headers import answer_headers, is_strict
from web.sse.stream import open_stream


@docs.messages
@endpoint("POST", idempotent=True)
async def messages(context: RequestContext) -> HttpResponseBase:
    """One answer, whole or streamed, from the first provider that can give it."""
    call = await read_as(context.request, partial(read_messages_call, strict=is_strict(context.request)))
    with limits_in_dialect():
        if call.stream:
            return await open_stream(
                stream(context, call), AnthropicStream(request_id=context.request_id, thinks=call.thinks)
            )
        answer = await complete(context, call)
    return json_response(message(answer, thinks=call.thinks), headers=answer_headers(answer))


@docs.count_tokens
@endpoint("POST")
async def count_tokens(context: RequestContext) -> dict[str, Any]:
    """How many tokens the request has, by the estimate with which the gateway chooses providers."""
    call = await read_as(context.request, partial(read_count, strict=is_strict(context.request)))
    await check_model(call.model, context.rights)
    return {"input_tokens": max(1, needs_of(call.request, stream=False).input_tokens)}
