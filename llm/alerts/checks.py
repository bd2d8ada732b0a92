"""The system check of `settings.LLM_ALERTS`. Registered by `llm.apps`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from llm.alerts.conf import alert_settings
from llm.checks import ENVIRONMENT


@register(Tags.compatibility, ENVIRONMENT)
def check_alerts(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Reports malformed settings of alerts (llm.E002), and a webhook secret without a webhook (llm.W002)."""
    try:
        settings = alert_settings()
    except ImproperlyConfigured as error:
        hint = "See the LLM_ALERT_ variables in .env.example."
        return [Error(str(error), hint=hint, id="llm.E002")]
    if settings.webhook_secret and not settings.webhook_url:
        return [
            Warning(
                "LLM_ALERT_WEBHOOK_SECRET is set without a webhook.",
                hint="Set LLM_ALERT_WEBHOOK_URL, or remove the secret.",
                id="llm.W002",
            )
        ]
    return []
