"""Tells operators of trouble and of its end: gathers, decides, puts on its way, sends. Synchronous, for the worker.

Any number of workers may do this at once: the ledger changes by compare-and-set, so one of them decides,
and each delivery is leased, so one of them sends.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from llm.alerts import outbox as alert_outbox
from llm.alerts.channels import Channel, NotDelivered, channels
from llm.alerts.conditions import conditions
from llm.alerts.conf import alert_settings
from llm.alerts.decide import decide
from llm.alerts.evidence import gather
from llm.alerts.ledger import Worded, read_ledger, record
from llm.alerts.wording import word
from llm.services.probes.budget import ProbeBudget
from llm.services.runtime import clock

log = structlog.get_logger(__name__)

A_ROUND = 50
"""Deliveries of one channel in one round, so that the worker gets back to its other chores."""

Now = Callable[[], datetime]

__all__ = ["ProbeBudget", "send_due"]


def send_due(*, budget: ProbeBudget | None = None, now: Now = clock.now) -> int:
    """Decides what is to be told and sends what is due; answers how many deliveries went out.

    `budget` is that of paid probes; None when there is none. A channel that fails is logged and tried again
    in later rounds. Raises ImproperlyConfigured and DatabaseError.
    """
    conf = alert_settings()
    ways = channels(conf)
    if not ways:
        return 0
    names = tuple(way.name for way in ways)
    _decide(names, conf.language, budget, now())
    alert_outbox.forget_other_channels(names, now())
    return sum(_send_waiting(way, now) for way in ways)


def _decide(names: tuple[str, ...], language: str, budget: ProbeBudget | None, now: datetime) -> None:
    # The ledger first, the facts after it: whoever wins the compare-and-set has newer facts than its predecessor.
    before = read_ledger()
    decision = decide(before.ledger, conditions(gather(before.ledger, budget, now)), now)
    if decision.ledger == before.ledger:
        return
    alerts = [Worded(notice=notice, wording=word(notice, language, now)) for notice in decision.notices]
    if record(before, decision.ledger, alerts, names, now=now):
        for notice in decision.notices:
            log.info("alert", alert=str(notice.event), provider=notice.subject.name, reminder=notice.reminder)


def _send_waiting(channel: Channel, now: Now) -> int:
    """Sends what waits for this channel, in order, up to the first failure."""
    for done in range(A_ROUND):
        held = alert_outbox.take(channel.name, now())
        if held is None:
            return done
        try:
            channel.send(held.alert)
        except NotDelivered as error:
            alert_outbox.failed(held, channel.name, str(error), now())
            return done
        except Exception as error:  # noqa: BLE001  mail backends are pluggable and raise what they like; none may stop the worker
            alert_outbox.failed(held, channel.name, type(error).__name__, now())
            return done
        alert_outbox.sent(held, now())
    return A_ROUND
