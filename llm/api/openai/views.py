"""OpenAI's API: chat completions and models. Any OpenAI client works by changing its base URL and key."""

from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.utils import timezone

from llm.api.chat.gateway import events, whole
from llm.api.openai import schema as docs
from llm.api.openai.request import read_chat
from llm.api.openai.response import completion, model
from llm.api.openai.stream import OpenAIEvents
from llm.services.models import served_models
from web.bodies import read_object
from web.endpoint import ApiError, RequestContext, endpoint
from web.headers import answer_headers
from web.sse.stream import open_stream


@docs.chat
@endpoint("POST", idempotent=True)
async def chat_completions(visit: RequestContext) -> HttpResponseBase:
    """One answer, whole or streamed, from the first provider that can give it."""
    call = read_chat(read_object(visit.request))
    if call.stream:
        created = int(timezone.now().timestamp())
        return await open_stream(events(visit, call), OpenAIEvents(created=created, include_usage=call.include_usage))
    answer = await whole(visit, call)
    return JsonResponse(completion(answer), headers=answer_headers(answer))


@docs.models
@endpoint("GET")
async def models(visit: RequestContext) -> dict[str, Any]:
    """Everything that may be asked for as `model`."""
    return {"object": "list", "data": [model(m.id, m.owned_by) for m in await served_models()]}


@docs.one_model
@endpoint("GET")
async def one_model(visit: RequestContext, model_id: str) -> dict[str, Any]:
    """One of them; ids of vendors may hold slashes."""
    wanted = model_id.rstrip("/")
    found = next((m for m in await served_models() if m.id == wanted), None)
    if found is None:
        raise ApiError(404, "model_not_found", f"The model {wanted!r} does not exist here.", param="model")
    return model(found.id, found.owned_by)
