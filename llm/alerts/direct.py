"""The one alert that cannot wait for the database: neither it nor the journal can be written.

Ledger and outbox are tables, so this alert is sent without them, by each worker process, which remembers it in memory.
"""

import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from llm.alerts.channels import Channel
from llm.alerts.decide import DEFAULT_POLICY, Details, Notice, Subject
from llm.alerts.events import Event, Topic
from llm.alerts.ledger import WordedNotice, as_row
from llm.alerts.wording import render

log = structlog.get_logger(__name__)


class RecordsWatch:
    """Warns while call records are in memory only, repeats it after `reminder_s`, and tells the end."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._sent_at: dict[str, datetime] = {}

    def look(self, channels: Sequence[Channel], language: str, *, fault: str, now: datetime) -> None:
        """One round. `fault` is the journal's while the database fails too; "" when one of them works.

        Failures of a channel are logged, and retried in the next round.
        """
        if fault:
            self._since = self._since or now
        elif self._since is None:
            return
        for channel in channels:
            sent_at = self._sent_at.get(channel.name)
            if fault and (sent_at is None or now - sent_at >= timedelta(seconds=DEFAULT_POLICY.reminder_s)):
                again = sent_at is not None
                if self._send(channel, Event.RECORDS_AT_RISK, language, now, fault=fault, reminder=again):
                    self._sent_at[channel.name] = now
            elif not fault and sent_at is not None and self._send(channel, Event.RECORDS_SAFE, language, now):
                del self._sent_at[channel.name]
        if not fault and not self._sent_at:
            self._since = None

    def _send(
        self,
        channel: Channel,
        event: Event,
        language: str,
        now: datetime,
        *,
        fault: str = "",
        reminder: bool = False,
    ) -> bool:
        notice = Notice(
            subject=Subject(topic=Topic.RECORDS, name=socket.gethostname()),
            event=event,
            at=now,
            since=self._since or now,
            reminder=reminder,
            details=Details(fault=fault),
        )
        try:
            channel.send(as_row(WordedNotice(notice=notice, wording=render(notice, language, now)), now))
        except Exception as error:  # noqa: BLE001  mail backends are pluggable and raise any type
            log.warning("alert_not_sent", channel=channel.name, alert=str(event), error=type(error).__name__)
            return False
        log.info("alert", alert=str(event), provider="", reminder=reminder)
        return True


records_watch = RecordsWatch()
