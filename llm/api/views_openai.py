"""OpenAI's API: chat completions and models. Any OpenAI client works by changing its base URL and key."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils import timezone

from llm import services
from llm.api import openai_docs as docs
from llm.api.openai_fields import bad
from llm.api.openai_request import ChatCall, last_user_text, read_chat
from llm.api.openai_response import answer_headers, completion, model
from llm.api.openai_stream import OpenAIEvents, with_refusals
from llm.core.calls import CallOptions
from llm.core.language import detect
from llm.core.outcome import RequestRejected, UnknownProvider
from web.bodies import read_object
from web.event_stream import open_stream
from web.http import ApiError, Visit, endpoint

READ_FOR_LANGUAGE = 4_000
"""Characters: the small words that tell a language come early, and a long text is not worth the time."""


@docs.chat
@endpoint("POST", idempotent=True)
async def chat_completions(visit: Visit) -> HttpResponseBase:
    """One answer, whole or streamed, from the first provider that can give it."""
    call = read_chat(read_object(visit.request))
    language = call.language or detect(last_user_text(call.request.messages)[:READ_FOR_LANGUAGE])
    call = replace(call, request=replace(call.request, language=language))
    resolved = await services.resolve_model(call.model)
    options = replace(resolved, fallbacks=call.fallbacks, static=call.static)
    try:
        return await (_streamed if call.stream else _whole)(visit, call, options)
    except UnknownProvider as error:
        raise bad("fallbacks", str(error)) from error


async def _whole(visit: Visit, call: ChatCall, options: CallOptions) -> HttpResponseBase:
    try:
        answer = await services.complete(call.request, caller=visit.caller("api"), options=options)
    except RequestRejected as error:
        if error.refusal is None:
            raise
        answer = error.refusal
    return JsonResponse(completion(answer), headers=answer_headers(answer))


async def _streamed(visit: Visit, call: ChatCall, options: CallOptions) -> HttpResponseBase:
    events = with_refusals(services.stream(call.request, caller=visit.caller("api"), options=options))
    dialect = OpenAIEvents(created=int(timezone.now().timestamp()), include_usage=call.include_usage)
    return await open_stream(events, dialect)


@docs.models
@endpoint("GET")
async def models(visit: Visit) -> dict[str, Any]:
    """Everything that may be asked for as `model`."""
    return {"object": "list", "data": [model(m.id, m.owned_by) for m in await services.served_models()]}


@docs.one_model
@endpoint("GET")
async def one_model(visit: Visit, model_id: str) -> dict[str, Any]:
    """One of them; ids of vendors may hold slashes."""
    wanted = model_id.rstrip("/")
    found = next((m for m in await services.served_models() if m.id == wanted), None)
    if found is None:
        raise ApiError(404, "model_not_found", f"The model {wanted!r} does not exist here.", param="model")
    return model(found.id, found.owned_by)
