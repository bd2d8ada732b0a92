"""All tables of the gateway."""

from llm.models.alert import Alert, AlertDelivery, AlertLedger
from llm.models.budget import Budget, LedgerBooking, LedgerLease, LedgerSlot, Limit
from llm.models.call import Attempt, Call, HourlyUsage
from llm.models.circuit import Circuit, CircuitEvent
from llm.models.idempotency import IdempotentAnswer
from llm.models.key import ConsumerKey
from llm.models.override import Override
from llm.models.provider import ConfigVersion, Provider, Route, RouteEntry, StaticText

__all__ = [
    "Alert",
    "AlertDelivery",
    "AlertLedger",
    "Attempt",
    "Budget",
    "Call",
    "Circuit",
    "CircuitEvent",
    "ConfigVersion",
    "ConsumerKey",
    "HourlyUsage",
    "IdempotentAnswer",
    "LedgerBooking",
    "LedgerLease",
    "LedgerSlot",
    "Limit",
    "Override",
    "Provider",
    "Route",
    "RouteEntry",
    "StaticText",
]
