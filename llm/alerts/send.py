"""Notifies operators of outages and recoveries: gathers facts, decides, stores the alerts, sends them.

Several workers may run this at once. The ledger changes by compare-and-set, so one of them decides;
each delivery is leased, so one of them sends it.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from llm.alerts import outbox as alert_outbox
from llm.alerts.channels import Channel, NotDelivered, channels
from llm.alerts.conditions.watched import conditions
from llm.alerts.conf import alert_settings
from llm.alerts.decide import decide
from llm.alerts.direct import records_watch
from llm.alerts.evidence import gather
from llm.alerts.ledger import WordedNotice, read_ledger, record
from llm.alerts.mutes import muted_subjects
from llm.alerts.wording import render
from llm.services.probes.budget import ProbeBudget
from llm.services.runtime import call_log, clock
from llm.stores.unavailable import UNAVAILABLE

log = structlog.get_logger(__name__)

MAX_DELIVERIES = 50
"""Deliveries of one channel in one round. The limit lets the worker return to its other jobs."""

Now = Callable[[], datetime]

__all__ = ["ProbeBudget", "send_due"]


def send_due(*, budget: ProbeBudget | None = None, now: Now = clock.now) -> int:
    """Decides on new alerts and sends the deliveries that are due; returns the number sent.

    `budget` is the one of paid probes, None without one. Failures of a channel are logged and retried
    in later rounds. Raises ImproperlyConfigured and DatabaseError; before the latter, warns of records in memory.
    """
    conf = alert_settings()
    configured = channels(conf)
    if not configured:
        return 0
    names = tuple(channel.name for channel in configured)
    try:
        _decide(names, conf.language, budget, now())
    except UNAVAILABLE:
        fault = call_log.durability().fault
        records_watch.look(configured, conf.language, fault=fault, now=now())
        raise
    records_watch.look(configured, conf.language, fault="", now=now())
    alert_outbox.forget_other_channels(names, now())
    return sum(_send_pending(channel, now) for channel in configured)


def _decide(names: tuple[str, ...], language: str, budget: ProbeBudget | None, now: datetime) -> None:
    # Reads the ledger before the facts: the winner of the compare-and-set then has newer facts than the last one.
    before = read_ledger()
    decision = decide(before.ledger, conditions(gather(before.ledger, budget, now)), now)
    if decision.ledger == before.ledger:
        return
    alerts = [WordedNotice(notice=notice, wording=render(notice, language, now)) for notice in decision.notices]
    if record(before, decision.ledger, alerts, names, now=now, muted=muted_subjects(now)):
        for notice in decision.notices:
            log.info("alert", alert=str(notice.event), provider=notice.subject.name, reminder=notice.reminder)


def _send_pending(channel: Channel, now: Now) -> int:
    """Sends the channel's pending deliveries in order, up to the first failure; returns the number sent."""
    for count in range(MAX_DELIVERIES):
        delivery = alert_outbox.lease(channel.name, now())
        if delivery is None:
            return count
        try:
            channel.send(delivery.alert)
        except NotDelivered as error:
            alert_outbox.failed(delivery, channel.name, str(error), now())
            return count
        except Exception as error:  # noqa: BLE001  mail backends are pluggable and raise any type; none may stop the worker
            alert_outbox.failed(delivery, channel.name, type(error).__name__, now())
            return count
        alert_outbox.sent(delivery, now())
    return MAX_DELIVERIES
