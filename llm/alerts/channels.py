"""Sends one alert by e-mail or to a Slack-compatible webhook. Scheduling: `llm.alerts.send`."""

import json
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.mail import EmailMessage, get_connection

from llm.alerts import webhook
from llm.alerts.conf import AlertSettings
from llm.alerts.links import link_of
from llm.core.addresses.reach import TRUSTED
from llm.models import Alert
from llm.services import portal

EMAIL_TIMEOUT_S = 5.0
WEBHOOK_TIMEOUT_S = 5.0
"""Short: the worker sends alerts, and its probes wait meanwhile."""


class NotDelivered(Exception):
    """The channel failed to deliver the alert. The message contains no secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A configured channel. `send` raises NotDelivered or any error of a mail backend."""

    name: str
    send: Callable[[Alert], None]


def channels(conf: AlertSettings) -> tuple[Channel, ...]:
    """The configured channels."""
    configured = []
    if conf.emails:
        configured.append(Channel(name="email", send=lambda alert: send_email(conf, alert)))
    if conf.webhook_url:
        configured.append(Channel(name="webhook", send=lambda alert: post_webhook(conf, alert)))
    return tuple(configured)


def send_email(conf: AlertSettings, alert: Alert) -> None:
    """Sends one mail to all addresses, from DEFAULT_FROM_EMAIL. Raises NotDelivered.

    A copy resent after a worker's death has the same Message-ID, so most mailboxes show one mail.
    """
    mail = EmailMessage(
        subject=f"[Djobea] {alert.title}",
        body="\n\n".join(part for part in (alert.summary, alert.action, link_of(alert)) if part) + "\n",
        to=list(conf.emails),
        headers={"Message-ID": f"<{alert.pk}@djobea>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=EMAIL_TIMEOUT_S),
    )
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server failed ({type(error).__name__})") from None


def post_webhook(conf: AlertSettings, alert: Alert) -> None:
    """Sends one signed POST request. Raises NotDelivered."""
    body, timestamp = webhook_body(alert), int(datetime.now(UTC).timestamp())
    try:
        portal.run(
            lambda: webhook.post(
                conf.webhook_url,
                body,
                secret=conf.webhook_secret,
                timestamp=timestamp,
                timeout_s=WEBHOOK_TIMEOUT_S,
                reach=TRUSTED,  # the address is the environment's
            )
        )
    except webhook.NotPosted as error:
        raise NotDelivered(str(error)) from None


def webhook_body(alert: Alert) -> bytes:
    """The JSON body: `text` and `blocks` for Slack, all other fields for programs. Times are ISO 8601 in UTC.

    A resent copy has the same `id`, so that receivers can drop it.
    """
    link = link_of(alert)
    content = "\n".join(_slack(part) for part in (alert.summary, alert.action, link) if part)
    value = {
        "text": f"{_slack(alert.title)}\n{content}",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{_slack(alert.title)}*\n{content}"}}],
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
        "link": link or None,
    }
    return json.dumps(value, ensure_ascii=False).encode()


def _slack(text: str) -> str:
    """Escapes the three characters that Slack reads as markup, as its documentation requires."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
