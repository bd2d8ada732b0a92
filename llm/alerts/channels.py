"""The ways in which an alert leaves the house: e-mail, and a Slack-compatible webhook. Not when, nor how often."""

import json
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.mail import EmailMessage, get_connection

from llm.alerts import webhook
from llm.alerts.conf import AlertSettings
from llm.models import Alert
from llm.services import portal

EMAIL_TIMEOUT_S = 5.0
WEBHOOK_TIMEOUT_S = 5.0
"""Alerts are sent by the worker, whose probes wait meanwhile."""


class NotDelivered(Exception):
    """The channel did not take the alert. The message is free of secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`send` raises NotDelivered, or whatever a mail backend raises."""

    name: str
    send: Callable[[Alert], None]


def channels(conf: AlertSettings) -> tuple[Channel, ...]:
    """Those that are configured."""
    found = []
    if conf.emails:
        found.append(Channel(name="email", send=lambda alert: send_email(conf, alert)))
    if conf.webhook_url:
        found.append(Channel(name="webhook", send=lambda alert: post_webhook(conf, alert)))
    return tuple(found)


def send_email(conf: AlertSettings, alert: Alert) -> None:
    """One mail to all, from DEFAULT_FROM_EMAIL. Raises NotDelivered.

    A second copy, sent because a worker died, bears the same Message-ID: most mailboxes show one.
    """
    mail = EmailMessage(
        subject=f"[Djobea] {alert.title}",
        body="\n\n".join(part for part in (alert.summary, alert.action) if part) + "\n",
        to=list(conf.emails),
        headers={"Message-ID": f"<{alert.pk}@djobea>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=EMAIL_TIMEOUT_S),
    )
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server did not take it ({type(error).__name__})") from None


def post_webhook(conf: AlertSettings, alert: Alert) -> None:
    """One signed post. Raises NotDelivered."""
    body, timestamp = webhook_body(alert), int(datetime.now(UTC).timestamp())
    try:
        portal.run(
            lambda: webhook.post(
                conf.webhook_url,
                body,
                secret=conf.webhook_secret,
                timestamp=timestamp,
                timeout_s=WEBHOOK_TIMEOUT_S,
            )
        )
    except webhook.NotPosted as error:
        raise NotDelivered(str(error)) from None


def webhook_body(alert: Alert) -> bytes:
    """What Slack shows (`text`, `blocks`) and what programs read: the rest. Times are ISO 8601 in UTC.

    `id` is the same in a second copy, so that receivers can leave it out.
    """
    told = "\n".join(_slack(part) for part in (alert.summary, alert.action) if part)
    value = {
        "text": f"{_slack(alert.title)}\n{told}",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{_slack(alert.title)}*\n{told}"}}],
        "id": str(alert.pk),
        "event": alert.event,
        "provider": alert.provider or None,
        "reason": alert.reason or None,
        "at": alert.at.isoformat(),
        "since": alert.since.isoformat(),
        "until": alert.until.isoformat() if alert.until else None,
        "times": alert.times,
        "reminder": alert.reminder,
        "summary": alert.summary,
        "action": alert.action,
    }
    return json.dumps(value, ensure_ascii=False).encode()


def _slack(text: str) -> str:
    """Slack reads these three characters as markup, and asks for them to be escaped in this way."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
