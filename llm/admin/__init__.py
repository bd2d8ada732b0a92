"""The operators' screens, one file each. A screen parses, calls one service and shows; it decides nothing."""

from llm.admin import call, event, key, people, provider, route, text, usage  # noqa: F401  registers the screens
