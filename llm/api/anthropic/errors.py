"""Errors in Anthropic's shape."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from llm.core.exceptions import LimitReached
from web.errors import ApiError, as_api_error

INVALID = "invalid_request_error"

TYPES = {
    401: "authentication_error",
    402: "billing_error",
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


def rate_headers(error: LimitReached, now: datetime) -> dict[str, str]:
    """The headers of Anthropic's API (https://platform.claude.com/docs/en/api/rate-limits)."""
    unit = "tokens" if error.unit == "tokens" else "requests"
    reset = now + timedelta(seconds=error.retry_after_s)
    return {
        f"anthropic-ratelimit-{unit}-limit": str(error.cap),
        f"anthropic-ratelimit-{unit}-remaining": str(error.left),
        f"anthropic-ratelimit-{unit}-reset": f"{reset:%Y-%m-%dT%H:%M:%SZ}",
    }


@contextmanager
def limits_in_dialect() -> Iterator[None]:
    """Tells of a consumer's limit as Anthropic does."""
    try:
        yield
    except LimitReached as error:
        converted = as_api_error(error)
        wait = converted.headers["Retry-After"]
        converted.headers = {"Retry-After": wait, **rate_headers(error, datetime.now(UTC))}
        raise converted from error
