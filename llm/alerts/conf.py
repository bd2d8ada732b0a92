"""`settings.LLM_ALERTS` as a typed value: the receivers of alerts and their language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from llm.alerts.wording import LANGUAGES
from llm.conf import shown

KNOWN = ("EMAILS", "WEBHOOK_URL", "WEBHOOK_SECRET", "LANGUAGE")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """The settings of alerts. Without e-mail and webhook, alerts are off. The webhook's address is a secret too."""

    emails: tuple[str, ...] = ()
    webhook_url: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    language: str = "en"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ImproperlyConfigured(
                f"LLM_ALERT_LANGUAGE must be one of {', '.join(LANGUAGES)}, not {shown(self.language)}."
            )
        if bad := [address for address in self.emails if "@" not in address.strip("@")]:
            raise ImproperlyConfigured(f"LLM_ALERT_EMAILS has {shown(bad[0])}, which is not an e-mail address.")
        if self.webhook_url and not _is_address(self.webhook_url):
            raise ImproperlyConfigured("LLM_ALERT_WEBHOOK_URL must be an http or https address with a host.")


def alert_settings() -> AlertSettings:
    """The current settings. Raises ImproperlyConfigured for an unknown key or an invalid value."""
    values: Mapping[str, Any] = getattr(settings, "LLM_ALERTS", {})
    if unknown := sorted(set(values) - set(KNOWN)):
        raise ImproperlyConfigured(f"settings.LLM_ALERTS has unknown keys: {', '.join(unknown)}.")
    return AlertSettings(
        emails=tuple(values.get("EMAILS", ())),
        webhook_url=values.get("WEBHOOK_URL", ""),
        webhook_secret=values.get("WEBHOOK_SECRET", ""),
        language=values.get("LANGUAGE", "en"),
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
