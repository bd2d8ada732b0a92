"""The security schemes of the schema, and its closed objects. Importing it registers them with drf-spectacular."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension


class StrictObject(OpenApiSerializerExtension):
    """A body that refuses unknown fields says so."""

    target_class = "web.serializers.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False} if direction == "request" else schema


class ConsumerKeyScheme(OpenApiAuthenticationExtension):
    """The bearer key."""

    target_class = "web.rest.auth.ConsumerKeyAuthentication"
    name = "consumerKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A consumer key: `djb_…`."}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie."""

    target_class = "web.rest.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Unsafe methods need the CSRF token in the X-CSRFToken header.",
        }
