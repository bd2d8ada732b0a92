"""The values that list filters offer: read from small tables and enums, never from the log."""

from django.utils.functional import Promise

from llm.admin import formatting as words
from llm.core.failures.policy import ErrorClass
from llm.models import Provider, Route

ORIGINS = ("api", "conversations", "suggestions", "command", "code", "test", "probe")
"""The origins of `llm.core.calls.Caller`."""

Choices = list[tuple[str, "str | Promise"]]


def provider_names() -> Choices:
    return [(name, name) for name in Provider.objects.values_list("name", flat=True)]


def answering() -> Choices:
    """Who can stand in a call as the one that answered."""
    return [*provider_names(), ("static", words.STATUSES["static"][1])]


def route_names() -> Choices:
    return [(name, name) for name in Route.objects.values_list("name", flat=True)]


def statuses() -> Choices:
    return [(code, word) for code, (_, word) in words.STATUSES.items()]


def origins() -> Choices:
    return [(name, name) for name in ORIGINS]


def error_classes() -> Choices:
    return [(str(item), words.REASONS[item]) for item in ErrorClass]
