"""The values of list filters, from small tables and enums."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.admin import formatting
from llm.core.failures.policy import ErrorClass
from llm.models import Provider, Route

ORIGINS = {
    "api": _("the API"),
    "conversations": _("conversations"),
    "suggestions": _("suggestions"),
    "command": _("a command"),
    "code": _("code"),
    "test": _("a test"),
    "probe": _("a probe"),
}
"""The values of `Caller.origin` in `llm.core.calls`."""

Choices = list[tuple[str, "str | Promise"]]


def provider_names() -> Choices:
    return [(name, name) for name in Provider.objects.values_list("name", flat=True)]


def answering_names() -> Choices:
    """The values of a call's `provider`: the providers and the static tier."""
    return [*provider_names(), ("static", formatting.STATUSES["static"][1])]


def route_names() -> Choices:
    return [(name, name) for name in Route.objects.values_list("name", flat=True)]


def statuses() -> Choices:
    return [(code, label) for code, (_, label) in formatting.STATUSES.items()]


def origins() -> Choices:
    return list(ORIGINS.items())


def error_classes() -> Choices:
    return [(str(item), formatting.REASONS[item]) for item in ErrorClass]
