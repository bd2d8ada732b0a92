"""The API's half of the permission matrix. A new address needs a row here."""

from tests.rights.people import (
    ADMINISTRATORS,
    CONSUMERS,
    EVERYBODY,
    OPERATORS,
    Endpoint,
    Who,
    allowed,
)

OPEN = allowed(EVERYBODY)
KNOWN = allowed(EVERYBODY - {Who.ANONYMOUS})
BAD_BODY = allowed(EVERYBODY - {Who.ANONYMOUS}, 400)
OWNER = frozenset({Who.CONSUMER})

ENDPOINTS: dict[str, Endpoint] = {
    "livez": Endpoint(get=OPEN),
    "readyz": Endpoint(get=OPEN),
    "metrics": Endpoint(get=allowed(OPERATORS)),
    "api/llm/health": Endpoint(get=OPEN),
    "api/llm/status": Endpoint(get=KNOWN),
    "api/llm/providers": Endpoint(get=KNOWN, post=allowed(ADMINISTRATORS, 400)),
    "api/llm/providers/<slug:name>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "api/llm/providers/<slug:name>/events": Endpoint(get=allowed(OPERATORS)),
    "api/llm/providers/<slug:name>/control": Endpoint(post=allowed(OPERATORS, 400)),
    "api/llm/routes": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/routes/explain": Endpoint(post=allowed(OPERATORS)),
    "api/llm/routes/<slug:name>": Endpoint(
        get=allowed(OPERATORS, 404), patch=allowed(ADMINISTRATORS, 404), delete=allowed(ADMINISTRATORS, 404)
    ),
    "api/llm/test": Endpoint(post=allowed(OPERATORS | CONSUMERS, 400), body='{"prompt": []}'),
    "api/llm/reset-failures": Endpoint(post=allowed(OPERATORS)),
    "api/llm/catalogue": Endpoint(get=allowed(OPERATORS)),
    "api/llm/catalogue/<slug:preset>/models": Endpoint(post=allowed(ADMINISTRATORS, 400), body='{"api_key": []}'),
    "api/llm/catalogue/<slug:preset>/test": Endpoint(post=allowed(ADMINISTRATORS, 400)),
    "api/llm/catalogue/<slug:preset>/providers": Endpoint(post=allowed(ADMINISTRATORS, 400)),
    "api/llm/model-lists": Endpoint(get=allowed(OPERATORS)),
    "api/llm/prices": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/prices/<uuid:price_id>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "api/llm/reconciliations": Endpoint(get=allowed(OPERATORS)),
    "api/llm/spending-rules": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/spending-rules/<slug:name>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "api/llm/route-rules": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/route-rules/<slug:name>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "api/llm/analytics": Endpoint(get=allowed(OPERATORS)),
    "api/llm/analytics/export": Endpoint(get=allowed(OPERATORS)),
    "api/llm/calls/export": Endpoint(get=allowed(OPERATORS)),
    "api/llm/wallets": Endpoint(get=allowed(OPERATORS)),
    "api/llm/wallets/<slug:account>": Endpoint(get=allowed(OPERATORS)),
    "api/llm/wallets/<slug:account>/topup": Endpoint(post=allowed(OPERATORS, 400)),
    "api/llm/wallets/<slug:account>/declare": Endpoint(post=allowed(OPERATORS, 400)),
    "api/llm/calls": Endpoint(get=allowed(OPERATORS)),
    "api/llm/calls/<uuid:pk>": Endpoint(get=allowed(OPERATORS)),
    "api/llm/audit": Endpoint(get=allowed(OPERATORS)),
    "api/llm/teams": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/teams/<slug:name>": Endpoint(
        get=allowed(OPERATORS, 404), patch=allowed(ADMINISTRATORS, 404), delete=allowed(ADMINISTRATORS, 404)
    ),
    "api/llm/consumers": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/consumers/<uuid:pk>": Endpoint(
        get=allowed(OPERATORS, 404), patch=allowed(ADMINISTRATORS, 404), delete=allowed(ADMINISTRATORS, 404)
    ),
    "api/llm/keys": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/keys/<uuid:pk>": Endpoint(
        get=allowed(OPERATORS, 404), patch=allowed(ADMINISTRATORS, 404), delete=allowed(ADMINISTRATORS, 404)
    ),
    "api/llm/keys/<uuid:pk>/rotate": Endpoint(post=allowed(ADMINISTRATORS, 404)),
    "api/llm/limits": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/limits/<slug:name>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "api/llm/budgets": Endpoint(get=allowed(OPERATORS), post=allowed(ADMINISTRATORS, 400)),
    "api/llm/budgets/<slug:name>": Endpoint(
        get=allowed(OPERATORS), patch=allowed(ADMINISTRATORS), delete=allowed(ADMINISTRATORS, 204)
    ),
    "v1/chat/completions": Endpoint(post=BAD_BODY),
    "v1/messages": Endpoint(post=BAD_BODY),
    "v1/messages/count_tokens": Endpoint(post=BAD_BODY),
    "v1/models": Endpoint(get=KNOWN),
    "v1/models/<path:model_id>": Endpoint(get=KNOWN),
    "api/schema": Endpoint(get=KNOWN),
    "api/docs": Endpoint(get=KNOWN),
    "api/ai-suggestions/generate": Endpoint(post=BAD_BODY),
    "api/conversations": Endpoint(get=KNOWN, post=BAD_BODY, body='{"message": []}'),
    "api/conversations/<uuid:conversation_id>": Endpoint(
        get=allowed(OWNER, others=404), delete=allowed(OWNER, 204, others=404)
    ),
    "api/conversations/<uuid:conversation_id>/messages": Endpoint(post=BAD_BODY),
}
