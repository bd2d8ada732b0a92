"""All tables of the gateway."""

from llm.models.alert import Alert, AlertDelivery, AlertLedger, AlertMute
from llm.models.budget import Budget, LedgerBooking, LedgerLease, LedgerSlot, Limit
from llm.models.call import Attempt, Call
from llm.models.capacity import CapacityShare
from llm.models.circuit import Circuit, CircuitEvent
from llm.models.consumer import Consumer, Team
from llm.models.idempotency import IdempotentAnswer
from llm.models.key import ConsumerKey
from llm.models.model_list import ListedModel, ModelLook
from llm.models.override import Override
from llm.models.price import ModelPrice
from llm.models.provider import ConfigVersion, Provider, Route, RouteEntry, RouteStandby, StaticText
from llm.models.reconciliation import Reconciliation
from llm.models.route_rule import RouteRule
from llm.models.spending import SpendingRule
from llm.models.usage import StaleDay, StaleHour, UsageState, UsageSum
from llm.models.wallet import Wallet, WalletEntry

__all__ = [
    "Alert",
    "AlertDelivery",
    "AlertLedger",
    "AlertMute",
    "Attempt",
    "Budget",
    "Call",
    "CapacityShare",
    "Circuit",
    "CircuitEvent",
    "ConfigVersion",
    "Consumer",
    "ConsumerKey",
    "IdempotentAnswer",
    "LedgerBooking",
    "LedgerLease",
    "LedgerSlot",
    "Limit",
    "ListedModel",
    "ModelLook",
    "ModelPrice",
    "Override",
    "Provider",
    "Reconciliation",
    "Route",
    "RouteEntry",
    "RouteRule",
    "RouteStandby",
    "SpendingRule",
    "StaleDay",
    "StaleHour",
    "StaticText",
    "Team",
    "UsageState",
    "UsageSum",
    "Wallet",
    "WalletEntry",
]
