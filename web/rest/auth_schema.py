"""The security schemes of the schema. Importing the module registers them with drf-spectacular."""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


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
