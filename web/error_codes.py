"""The words of errors: our codes and sentences by HTTP status, and OpenAI's names for them."""

CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
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
