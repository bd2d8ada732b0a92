"""The operators' screens; importing this package registers them. A screen parses, calls one service and shows."""

from llm.admin import (
    audit,
    circuit_event,
    model_price,
    reconciliation,
    route,
    route_rule,
    spending_rule,
    static_text,
    users,
)
from llm.admin.alerts import alert
from llm.admin.budgets import screens as budgets
from llm.admin.calls import call
from llm.admin.keys import consumer
from llm.admin.keys import key as consumer_key
from llm.admin.providers import provider
from llm.admin.wallets import entry, wallet

__all__ = [
    "alert",
    "audit",
    "budgets",
    "call",
    "circuit_event",
    "consumer",
    "consumer_key",
    "entry",
    "model_price",
    "provider",
    "reconciliation",
    "route",
    "route_rule",
    "spending_rule",
    "static_text",
    "users",
    "wallet",
]
