"""Error types that a vendor uses for several causes: the sentence refines them, and the vague ones
yield to the HTTP status as well. Also what the statuses say by themselves.
"""

from llm.core.failures.policy import ErrorClass as E
from llm.core.failures.rules.rule import by_code, code

TYPES = by_code(
    (
        code(
            E.AUTH,
            "anthropic-auth-003",
            "authentication_error",
            "unauthenticated",
            "authenticationerror",
            "authorized_error",
            "unauthorized",
            "invalid_auth",
        ),
        code(
            E.PERMISSION,
            "anthropic-permission-002; gemini-permission-006",
            "permission_error",
            "permission_denied",
            "permissiondenied",
            "permission_denied_error",
            "permissiondeniederror",
            "forbidden",
            "request_forbidden",
            "insufficient_permissions",
            "failed_precondition",
        ),
        code(E.PERMISSION, "bedrock-permission-001", "accessdeniedexception", "accessdenied", "access_denied"),
        code(
            E.RATE_LIMITED,
            "anthropic-rate-003; openai-rate-001; mistral-rate-001",
            "rate_limit_error",
            "rate_limit_exceeded",
            "rate_limited",
            "rate_limit",
            "ratelimiterror",
            "ratelimitreached",
            "too_many_requests",
            "too_many_requests_error",
            "resource_exhausted",
            "model_rate_limit",
            "throttling_error",
            "request_limit",
            "token_quota_exceeded",
            "request_quota_exceeded",
            "ratelimitexceeded",
        ),
        code(
            E.RATE_LIMITED,
            "docs.aws.amazon.com bedrock InvokeModel",
            "throttlingexception",
            "throttledexception",
            "toomanyrequestsexception",
            "requestlimitexceeded",
        ),
        code(E.OVERLOADED, "anthropic-overloaded-001", "overloaded_error", "overloaded", "service_overloaded"),
        code(
            E.MODEL_NOT_FOUND,
            "anthropic-model-001; openai-model-002; gemini-model-001",
            "not_found_error",
            "not_found",
            "model_not_found",
            "notfounderror",
            "resource_not_found_error",
            "resourcenotfoundexception",
            "model_not_found_error",
            "notfound",
        ),
        code(
            E.TIMEOUT,
            "oaicompat-timeout-001",
            "timeout_error",
            "timeout",
            "deadline_exceeded",
            "request_timeout",
            "gateway_timeout",
            "cancelled",
        ),
        code(E.CONTENT_FILTERED, "openai-filter-001", "invalid_prompt"),
        code(
            E.INVALID_REQUEST,
            "anthropic-size-001",
            "request_too_large",
            "badrequest.toolarge",
            "request_entity_too_large",
            "payload_too_large",
        ),
    )
)
"""They outrank the status: an overloaded_error in a stream comes with 200."""

VAGUE = by_code(
    (
        code(
            E.INVALID_REQUEST,
            "anthropic-invalid-003; openai-invalid-001",
            "invalid_request_error",
            "invalid_request",
            "invalid_argument",
            "badrequesterror",
            "bad_request",
            "bad_request_error",
            "badrequest",
            "validationexception",
            "invalidparameter",
            "invalid_parameter_error",
            "invalid_value",
            "out_of_range",
            "minimax:2013",
            "1210",
            "20015",
            "validation_error",
            "extra_forbidden",
        ),
        code(
            E.SERVER_ERROR,
            "gemini-server-001; openai-server-001",
            "server_error",
            "api_error",
            "internal",
            "internal_error",
            "internal_server_error",
            "internalservererror",
            "internalserverexception",
            "internalerror",
            "unavailable",
            "serviceunavailableexception",
            "service_unavailable",
            "cf_bad_gateway",
            "unreachable_backend",
            "upstream_error",
            "data_loss",
            "unavailable_error",
            "serviceunavailable",
            "provider_unavailable",
            "provider_disconnected",
            "apiconnectionerror",
        ),
    )
)
"""They yield to the status: DeepSeek calls an empty balance (402) an invalid_request_error."""

STATUSES: dict[int, E] = {
    401: E.AUTH,
    402: E.CREDIT_EXHAUSTED,
    403: E.PERMISSION,
    404: E.MODEL_NOT_FOUND,
    405: E.MODEL_NOT_FOUND,
    408: E.TIMEOUT,
    410: E.MODEL_NOT_FOUND,
    413: E.INVALID_REQUEST,
    424: E.SERVER_ERROR,
    429: E.RATE_LIMITED,
    451: E.PERMISSION,
    498: E.OVERLOADED,
    499: E.TIMEOUT,
    504: E.TIMEOUT,
    529: E.OVERLOADED,
}
"""Statuses that say enough when the body names no cause (RFC 9110; 424 Bedrock's model errors,
498 Groq's flex tier, 499 Google's CANCELLED, 529 Anthropic)."""

CALLER_STATUSES = frozenset({400, 406, 411, 414, 415, 416, 417, 422, 428, 431})
"""Statuses that RFC 9110 and RFC 6585 define as a flaw of the request itself."""

PAGE_STATUSES: dict[int, E] = STATUSES | {403: E.SERVER_ERROR, 504: E.SERVER_ERROR, 498: E.UNKNOWN}
"""The same for an HTML page, which speaks for a proxy or an edge and not for the vendor's API
(anthropic-html-002, oaicompat-html-002)."""

FINISHES: dict[str, E] = {
    "content_filter": E.CONTENT_FILTERED,
    "refusal": E.CONTENT_FILTERED,
    "guardrail_intervened": E.CONTENT_FILTERED,
    "content_filtered": E.CONTENT_FILTERED,
    "sensitive": E.CONTENT_FILTERED,
    "safety": E.CONTENT_FILTERED,
    "recitation": E.CONTENT_FILTERED,
    "blocklist": E.CONTENT_FILTERED,
    "prohibited_content": E.CONTENT_FILTERED,
    "spii": E.CONTENT_FILTERED,
    "language": E.CONTENT_FILTERED,
    "model_armor": E.CONTENT_FILTERED,
    "image_safety": E.CONTENT_FILTERED,
    "image_prohibited_content": E.CONTENT_FILTERED,
    "image_recitation": E.CONTENT_FILTERED,
    "blocked": E.CONTENT_FILTERED,
    "model_context_window_exceeded": E.CONTEXT_LENGTH,
}
"""Ends of a 200 that are not the vendor's fault (Gemini's FinishReason, OpenAI's and Anthropic's stop
reasons, Bedrock's stopReason, Zhipu's `sensitive`). Any other end of an unusable 200 is a bad response."""
