"""The worker's looks at standby providers: who joins, who leaves, and the record of it.

The state is a row that all workers share; those that serve calls learn of a change with the configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction

from llm.core.circuit.state import Circuit
from llm.core.routing.config import Config
from llm.core.routing.standby import Reason, Standby, after_look, room_of_others
from llm.models import CircuitEvent, RouteEntry, RouteStandby
from llm.services.runtime import clock
from llm.stores.capacity.here import capacity_store
from llm.stores.circuits import rows
from llm.stores.config import changes
from llm.stores.config.snapshot import config_store
from llm.stores.usage.spend import spent

log = structlog.get_logger(__name__)

STANDS_BY, JOINED = "standby", "joined"
"""The states of events, beside those of circuits."""
SENTENCES = {
    Reason.LOW: "route {route}: all others have had less than {below:.0%} of their limits left for two minutes",
    Reason.QUIET: "route {route}: another provider has had more than {below:.0%} of its limits left for 15 minutes",
    Reason.CAP: "route {route}: its spending of the day has reached {cap} USD",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyNow:
    """A standby provider of a route that has joined, and since when."""

    route: str
    provider: str
    joined_at: datetime


def joined() -> tuple[StandbyNow, ...]:
    """The standby providers that take calls now. Raises DatabaseError."""
    states = RouteStandby.objects.filter(joined_at__isnull=False, entry__standby=True)
    names = states.values_list("entry__route__name", "entry__provider__name", "joined_at").order_by("pk")
    return tuple(
        StandbyNow(route=route, provider=provider, joined_at=at) for route, provider, at in names if at is not None
    )


def look() -> int:
    """Looks at every standby provider once; returns how many joined or left. Raises DatabaseError."""
    entries = RouteEntry.objects.filter(standby=True).select_related("route", "provider")
    if not entries:
        return 0
    config = config_store.current_sync()
    circuits = {name: stored.circuit for name, stored in rows.read_all().items()}
    return sum(_look_at(entry, config, circuits) for entry in entries)


def _look_at(entry: RouteEntry, config: Config, circuits: Mapping[str, Circuit]) -> bool:
    now, route = clock.now(), config.routes.get(entry.route.name)
    if route is None:
        return False
    room = room_of_others(route.members, config.candidates, circuits, capacity_store.read(), now)
    below, cap, name = entry.route.standby_below_percent / 100, entry.standby_usd_per_day, entry.provider.name
    spent_usd = Decimal(0)
    if cap is not None:
        spent_usd = spent(now.replace(hour=0, minute=0, second=0, microsecond=0), now, providers=[name])
    with transaction.atomic():
        RouteStandby.objects.get_or_create(entry=entry)
        row = RouteStandby.objects.select_for_update().get(entry=entry)
        before = Standby(joined_at=row.joined_at, since=row.since, looked_at=row.looked_at)
        after, reason = after_look(before, room=room, below=below, spent_usd=spent_usd, cap_usd=cap, now=now)
        if reason is None and before.since is None and after.since is None:
            return False  # nothing runs: the time of the look does not matter
        row.joined_at, row.since, row.looked_at = after.joined_at, after.since, after.looked_at
        row.save()
        if reason is None:
            return False
        states = (STANDS_BY, JOINED) if reason is Reason.LOW else (JOINED, STANDS_BY)
        detail = SENTENCES[reason].format(route=entry.route.name, below=below, cap=cap)
        CircuitEvent.objects.create(
            provider=name, at=now, before=states[0], after=states[1], reason=reason, detail=detail, by="worker"
        )
        changes.announce()
    log.info("standby_changed", provider=name, route=entry.route.name, reason=str(reason))
    return True
