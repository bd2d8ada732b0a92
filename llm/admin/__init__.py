"""The operators' screens. A screen parses, calls one service and shows. Importing this package registers them."""

from llm.admin import event, key, route, text, usage, users
from llm.admin.calls import call
from llm.admin.providers import admin

__all__ = ["admin", "call", "event", "key", "route", "text", "usage", "users"]
