"""Errors in OpenAI's shape."""

from typing import Any

from web.bodies.write import json_bytes
from web.errors import ApiError

INVALID = "invalid_request_error"

TYPES = {402: "insufficient_quota", 429: "requests", 500: "server_error", 502: "upstream_error", 503: "server_error"}
"""HTTP status -> OpenAI's error type, where it is not `invalid_request_error`."""

CODES = {
    "unauthenticated": "invalid_api_key",
    "invalid_request": None,
    "forbidden": "insufficient_permissions",
    "context_length": "context_length_exceeded",
    "content_filtered": "content_policy_violation",
    "rate_limited": "rate_limit_exceeded",
    "internal_error": None,
}
"""Our code -> OpenAI's, where they differ (https://platform.openai.com/docs/guides/error-codes)."""


WRONG_KEY = "Incorrect API key provided."
"""OpenAI's own words: some clients, such as LiteLLM, read the sentence and not the status."""


def body(error: ApiError, request_id: str) -> dict[str, Any]:
    """The error object. It has no field for the request id."""
    return {
        "error": {
            "message": f"{WRONG_KEY} {error.message}" if error.status == 401 else error.message,
            "type": TYPES.get(error.status, INVALID),
            "param": error.param,
            "code": CODES.get(error.code, error.code),
        }
    }


def broken(error: ApiError) -> bytes:
    """The event that ends a broken stream. After a vendor's failure (502) `code` is its error class."""
    shown = body(error, "")
    if error.status == 502:
        shown["error"]["code"] = error.code
    return b"data: " + json_bytes(shown) + b"\n\n"
