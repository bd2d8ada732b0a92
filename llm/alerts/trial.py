"""A test alert through every configured channel, and what came back."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from llm.alerts.channels import Channel, NotDelivered, channels
from llm.alerts.conf import alert_settings
from llm.ids import uuid7
from llm.models import Alert

log = structlog.get_logger(__name__)

EVENT = "test"
"""The event of a test alert, as webhook receivers read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What one channel said. `error` is "" when it took the alert, and holds no secret; milliseconds."""

    channel: str
    error: str
    duration_ms: float

    @property
    def ok(self) -> bool:
        return not self.error


def try_channels(*, by: str, now: datetime) -> tuple[Tested, ...]:
    """Sends a test alert at once, outside of ledger and outbox; empty when no channel is configured.

    Raises ImproperlyConfigured.
    """
    conf = alert_settings()
    with translation.override(conf.language):
        alert = Alert(
            id=uuid7(now),
            created_at=now,
            event=EVENT,
            at=now,
            since=now,
            title=_("Test alert"),
            summary=_("%(by)s tests this channel. Nothing has happened.") % {"by": by},
            action="",
        )
    return tuple(_send(channel, alert) for channel in channels(conf))


def _send(channel: Channel, alert: Alert) -> Tested:
    began, error = monotonic(), ""
    try:
        channel.send(alert)
    except NotDelivered as failure:
        error = str(failure)
    except Exception as failure:  # noqa: BLE001  mail backends are pluggable and raise any type
        error = type(failure).__name__
    log.info("alert_channel_tested", channel=channel.name, error=error)
    return Tested(channel=channel.name, error=error, duration_ms=round(1000 * (monotonic() - began), 1))
