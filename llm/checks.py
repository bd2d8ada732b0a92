"""What `manage.py check` says about the configuration. Settings only: rows are checked when saved."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from llm.conf import llm_settings


@register(Tags.compatibility)
def check_settings(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """LLM's settings are well-formed, and requests are not wrapped in transactions."""
    found: list[CheckMessage] = []
    try:
        llm_settings()
    except ImproperlyConfigured as error:
        found.append(Error(str(error), id="llm.E001"))
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        found.append(
            Warning(
                "ATOMIC_REQUESTS holds a database connection while a vendor is asked.",
                hint="Leave it off: every service opens its own short transactions.",
                id="llm.W001",
            )
        )
    return found
