"""The operators' screens; importing this package registers them. A screen parses, calls one service and shows."""

from llm.admin import (
    audit,
    circuit_event,
    consumer,
    consumer_key,
    model_price,
    reconciliation,
    route,
    spending_rule,
    static_text,
    usage,
    users,
)
from llm.admin.budgets import screens as budgets
from llm.admin.calls import call
from llm.admin.providers import provider
from llm.admin.wallets import entry, wallet

__all__ = [
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
    "spending_rule",
    "static_text",
    "usage",
    "users",
    "wallet",
]
