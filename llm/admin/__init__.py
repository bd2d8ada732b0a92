"""The operators' screens; importing this package registers them. A screen parses, calls one service and shows."""

from llm.admin import circuit_event, consumer_key, hourly_usage, route, static_text, users
from llm.admin.budgets import screens as budgets
from llm.admin.calls import call
from llm.admin.providers import provider

__all__ = [
    "budgets",
    "call",
    "circuit_event",
    "consumer_key",
    "hourly_usage",
    "provider",
    "route",
    "static_text",
    "users",
]
