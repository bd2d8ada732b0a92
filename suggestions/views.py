"""The suggestions endpoint: checks the body, asks the service, shows."""

from typing import Any

from django.http import HttpResponse

from suggestions.parsing import Suggestion
from suggestions.serializers import NEITHER, SuggestionsRequestSerializer, SuggestionsSerializer
from suggestions.services import SuggestionRequest
from suggestions.services import generate as generate_suggestions
from web.bodies.write import json_response
from web.endpoint import RequestContext, endpoint
from web.headers import answered_by
from web.openapi import IDEMPOTENCY, documented, operation


@documented(
    post=operation(
        "suggestions_generate",
        "Short texts that bring a customer's request forward",
        request=SuggestionsRequestSerializer,
        body={"message": "Mon robinet fuit à Bonapriso.", "count": 3},
        answers={200: SuggestionsSerializer},
        refuses=(400, 402, 409, 413, 415, 422, 429, 503),
        parameters=[*IDEMPOTENCY],
        rules=[NEITHER],
        tag="suggestions",
    )
)
@endpoint("POST", body=SuggestionsRequestSerializer, idempotent=True)
async def generate(context: RequestContext) -> HttpResponse:
    """POST /api/ai-suggestions/generate."""
    wanted = SuggestionRequest(
        text=context.data.get("message", ""),
        context=context.data.get("context", {}),
        count=context.data["count"],
        language=context.data.get("language"),
    )
    result = await generate_suggestions(wanted, caller=context.caller("suggestions"))
    body = {
        "suggestions": [_as_json(suggestion) for suggestion in result.suggestions],
        "provider": result.provider,
        "model": result.model,
        "degraded": result.degraded,
        "request_id": result.request_id,
    }
    return json_response(body, headers=answered_by(result.provider, degraded=result.degraded, cost_usd=result.cost_usd))


def _as_json(suggestion: Suggestion) -> dict[str, Any]:
    if suggestion.confidence is None:
        return {"text": suggestion.text}
    return {"text": suggestion.text, "confidence": suggestion.confidence}
