"""OpenAI's API: chat completions and models. Any OpenAI client works by changing its base URL and key."""

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone

from llm.api.chat.gateway import complete, stream
from llm.api.openai import schema as docs
from llm.api.openai.request import read_chat
from llm.api.openai.response import chat_completion, model
from llm.api.openai.stream import OpenAIEvents
from llm.core.exceptions import UnknownModel
from llm.services.models import served_models
from web.bodies.read import read_as
from web.bodies.write import json_response
from web.endpoint import RequestContext, endpoint
from web.headers import answer_headers, is_strict
from web.sse.stream import open_stream


@docs.chat
@endpoint("POST", idempotent=True)
async def chat_completions(context: RequestContext) -> HttpResponseBase:
    """One answer, whole or streamed, from the first provider that can give it."""
    call = await read_as(context.request, partial(read_chat, strict=is_strict(context.request)))
    if call.stream:
        created = int(timezone.now().timestamp())
        return await open_stream(stream(context, call), OpenAIEvents(created=created, include_usage=call.include_usage))
    answer = await complete(context, call)
    return json_response(chat_completion(answer), headers=answer_headers(answer))


@docs.models
@endpoint("GET")
async def models(context: RequestContext) -> dict[str, Any]:
    """All values that `model` may have."""
    return {"object": "list", "data": [model(m.id, m.owned_by) for m in await served_models(context.rights)]}


@docs.one_model
@endpoint("GET")
async def one_model(context: RequestContext, model_id: str) -> dict[str, Any]:
    """One model. Vendors' ids may hold slashes."""
    name = model_id.rstrip("/")
    served = {each.id: each for each in await served_models(context.rights)}
    if name not in served:
        raise UnknownModel(name, served)
    return model(name, served[name].owned_by)
