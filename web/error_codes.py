"""The words of errors: our codes and sentences by HTTP status, and OpenAI's and Anthropic's names for them."""

CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    500: "internal_error",
    502: "upstream_error",
    503: "unavailable",
}

MESSAGES = {
    400: "The request is malformed.",
    401: "Send your API key as `Authorization: Bearer <key>`, or log in.",
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This method is not allowed here.",
    406: "Only JSON is spoken here.",
    409: "Another request is in the way.",
    413: "The request body is too large.",
    415: "Send JSON, with `Content-Type: application/json`.",
    429: "Too many requests.",
    500: "Something went wrong on our side; it has been logged under this request's id.",
    503: "The service cannot answer right now.",
}

INVALID = "invalid_request_error"

OPENAI_TYPES = {429: "requests", 500: "server_error", 502: "upstream_error", 503: "server_error"}
"""HTTP status -> OpenAI's error type, where it is not `invalid_request_error`."""

OPENAI_CODES = {
    "unauthenticated": "invalid_api_key",
    "invalid_request": None,
    "forbidden": "insufficient_permissions",
    "context_length": "context_length_exceeded",
    "content_filtered": "content_policy_violation",
    "rate_limited": "rate_limit_exceeded",
    "internal_error": None,
}
"""Our code -> OpenAI's, where they differ (https://platform.openai.com/docs/guides/error-codes)."""


def openai_words(status: int, code: str) -> tuple[str, str | None]:
    """OpenAI's `type` and `code` for an error of ours."""
    return OPENAI_TYPES.get(status, INVALID), OPENAI_CODES.get(code, code)


ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "overloaded_error",
}
"""HTTP status -> Anthropic's error type, where it is not `invalid_request_error`
(https://platform.claude.com/docs/en/api/errors)."""


def anthropic_type(status: int) -> str:
    """Anthropic's `type` for an error of ours."""
    return ANTHROPIC_TYPES.get(status, INVALID)
