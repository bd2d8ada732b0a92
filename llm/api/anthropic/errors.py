"""Errors in Anthropic's shape."""

from typing import Any

from web.errors import ApiError

INVALID = "invalid_request_error"

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "overloaded_error",
}
"""HTTP status -> Anthropic's error type, where it is not `invalid_request_error`
(https://platform.claude.com/docs/en/api/errors). That page also has `request_too_large` for 413; the OpenAPI document,
from which the SDKs are made, has no such type."""


WRONG_KEY = "invalid x-api-key:"
"""Anthropic's own words: some clients, such as LiteLLM, read the sentence and not the status."""


def body(error: ApiError, request_id: str) -> dict[str, Any]:
    """The error object. Its clients read our own code as `error_code`."""
    shown = {
        "type": TYPES.get(error.status, INVALID),
        "message": f"{WRONG_KEY} {error.message}" if error.status == 401 else error.message,
        "details": {"error_code": error.code},
    }
    return {"type": "error", "error": shown, "request_id": request_id}
