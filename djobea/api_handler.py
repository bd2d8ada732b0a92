"""The short way for requests that bring their own key, or need none: the API without the pages' middleware."""

from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler

OPEN_PATHS = ("/api/llm/health", "/livez", "/readyz")


class ApiHandler(ASGIHandler):
    """Django's handler with `settings.API_MIDDLEWARE` in place of `settings.MIDDLEWARE`."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Called once, when the server starts, before any request: nobody sees the setting changed."""
        whole = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.API_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


def takes_api_chain(scope: dict[str, Any]) -> bool:
    """Whether an ASGI HTTP scope needs none of the pages' middleware."""
    path: str = scope["path"]
    if path.rstrip("/") in OPEN_PATHS:
        return True
    if not path.startswith(("/api/", "/v1/")):
        return False
    headers = scope["headers"]
    if any(name == b"authorization" and value[:7].lower() == b"bearer " for name, value in headers):
        return True
    return path.startswith("/v1/") and any(name == b"x-api-key" for name, _ in headers)
