"""What `manage.py check` says about `settings.LLM_ALERTS`. Registered by `llm.apps`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from llm.alerts.conf import alert_settings


@register(Tags.compatibility)
def check_alerts(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The settings of alerts are well-formed, and a webhook's secret has a webhook."""
    try:
        settings = alert_settings()
    except ImproperlyConfigured as error:
        hint = "See the LLM_ALERT_ variables in .env.example."
        return [Error(str(error), hint=hint, id="llm.E002")]
    if settings.webhook_secret and not settings.webhook_url:
        return [
            Warning(
                "LLM_ALERT_WEBHOOK_SECRET is set, and no webhook is.",
                hint="Set LLM_ALERT_WEBHOOK_URL, or remove the secret.",
                id="llm.W002",
            )
        ]
    return []
