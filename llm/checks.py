"""The system check of the settings. Rows are validated when they are saved."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from llm.conf import llm_settings

ENVIRONMENT = "environment"
"""The tag of the checks that look at variables only. `serve` runs them before it starts."""


@register(Tags.compatibility, ENVIRONMENT)
def check_settings(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Reports malformed settings (llm.E001), and requests wrapped in transactions (llm.W001)."""
    messages: list[CheckMessage] = []
    try:
        llm_settings()
    except ImproperlyConfigured as error:
        messages.append(Error(str(error), id="llm.E001"))
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        messages.append(
            Warning(
                "ATOMIC_REQUESTS keeps a database connection open during each call to a vendor.",
                hint="Leave it off: every service opens its own short transactions.",
                id="llm.W001",
            )
        )
    return messages
