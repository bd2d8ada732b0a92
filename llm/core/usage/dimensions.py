"""By what usage is summed, and which of the kept sums answers a question."""

from collections.abc import Collection
from enum import StrEnum


class Dimension(StrEnum):
    """What calls and attempts are told apart by. The value is the name of the column."""

    PROVIDER = "provider"
    """Of a call the one that answered ("static", or "" without an answer); of an attempt the one that was tried."""
    MODEL = "model"
    ROUTE = "route"
    CONSUMER = "consumer"
    """The name that records show: a key's or a user's."""
    KEY = "key_id"
    TEAM = "team"
    STATUS = "status"
    """How the call ended; an attempt has that of its call."""
    ERROR_CLASS = "error_class"
    """Of a call why it ended without an answer, of an attempt why it failed."""
    FAILOVER_FROM = "failover_from"
    """The first provider of the route's order, of a call that another one answered; an attempt has that of its call."""
    FAILOVER_WHY = "failover_why"
    """Why that one did not answer."""


class Interval(StrEnum):
    """Stretches of time that usage is told apart by."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


WHO = (Dimension.CONSUMER, Dimension.KEY, Dimension.TEAM)
VENDOR = (Dimension.PROVIDER, Dimension.MODEL)


class Cube(StrEnum):
    """A set of sums over all combinations of some dimensions. Small ones first: the first that suffices is asked.

    Consumers meet one other dimension at a time: all combinations would be nearly as many as the calls. Each row tells
    its failures by class, so that the error class is a dimension only where it is asked for.
    """

    OUTCOME = "outcome"
    ROUTE = "route"
    VENDOR = "vendor"
    FULL = "full"
    FAILOVER = "failover"
    WHO = "who"
    WHO_ROUTE = "who_route"
    WHO_VENDOR = "who_vendor"
    WHO_OUTCOME = "who_outcome"


CUBES: dict[Cube, tuple[Dimension, ...]] = {
    Cube.OUTCOME: (Dimension.STATUS, Dimension.ERROR_CLASS),
    Cube.ROUTE: (Dimension.ROUTE, Dimension.ERROR_CLASS),
    Cube.VENDOR: (*VENDOR, Dimension.ERROR_CLASS),
    Cube.FULL: (*VENDOR, Dimension.ROUTE, Dimension.STATUS, Dimension.ERROR_CLASS),
    Cube.FAILOVER: (Dimension.PROVIDER, Dimension.FAILOVER_FROM, Dimension.FAILOVER_WHY),
    Cube.WHO: WHO,
    Cube.WHO_ROUTE: (*WHO, Dimension.ROUTE),
    Cube.WHO_VENDOR: (*WHO, *VENDOR),
    Cube.WHO_OUTCOME: (*WHO, Dimension.STATUS, Dimension.ERROR_CLASS),
}


def cube_for(dimensions: Collection[Dimension]) -> Cube | None:
    """The smallest cube that has all these dimensions; None when none has: a consumer with two others."""
    return next((cube for cube, has in CUBES.items() if set(dimensions) <= set(has)), None)
