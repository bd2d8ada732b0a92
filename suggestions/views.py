"""The suggestions endpoint: checks the body, asks the service, shows."""

from typing import Any

from suggestions.parsing import Suggestion
from suggestions.serializers import SuggestionsRequestSerializer, SuggestionsSerializer
from suggestions.services import Wish
from suggestions.services import generate as generate_suggestions
from web.http import Visit, endpoint
from web.openapi import documented, operation


@documented(
    post=operation(
        "suggestions_generate",
        "Short texts that bring a customer's request forward",
        request=SuggestionsRequestSerializer,
        answers={200: SuggestionsSerializer},
        refuses=(400, 413, 415, 422),
        tag="suggestions",
    )
)
@endpoint("POST", body=SuggestionsRequestSerializer)
async def generate(visit: Visit) -> dict[str, Any]:
    """POST /api/ai-suggestions/generate."""
    wish = Wish(
        text=visit.data.get("message", ""),
        context=visit.data.get("context", {}),
        count=visit.data["count"],
        language=visit.data.get("language"),
    )
    suggested = await generate_suggestions(wish, caller=visit.caller("suggestions"))
    return {
        "suggestions": [_shown(suggestion) for suggestion in suggested.suggestions],
        "provider": suggested.provider,
        "model": suggested.model,
        "degraded": suggested.degraded,
        "request_id": suggested.request_id,
    }


def _shown(suggestion: Suggestion) -> dict[str, Any]:
    if suggestion.confidence is None:
        return {"text": suggestion.text}
    return {"text": suggestion.text, "confidence": suggestion.confidence}
