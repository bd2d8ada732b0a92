"""The API's middleware chain, for requests with a key of their own and for health checks.

It leaves out sessions, cookies, messages and CSRF, each of which costs a thread hop under ASGI.
"""

from typing import Any

from django.conf import settings

from djobea.intake.handler import IntakeHandler

OPEN_PATHS = ("/api/llm/health", "/livez", "/readyz")


class ApiHandler(IntakeHandler):
    """The handler with `settings.API_MIDDLEWARE` in place of `settings.MIDDLEWARE`."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Swaps `settings.MIDDLEWARE` while Django loads the chain: once, when the server starts."""
        pages_middleware = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.API_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = pages_middleware


def takes_api_chain(scope: dict[str, Any]) -> bool:
    """Whether an ASGI HTTP scope takes the API's chain. Anything unrecognised takes Django's whole chain."""
    path: str = scope["path"]
    if path.rstrip("/") in OPEN_PATHS:
        return True
    if not path.startswith(("/api/", "/v1/")) and path.rstrip("/") != "/metrics":
        return False
    headers = scope["headers"]
    if any(name == b"authorization" and value[:7].lower() == b"bearer " for name, value in headers):
        return True
    return path.startswith("/v1/") and any(name == b"x-api-key" for name, _ in headers)
