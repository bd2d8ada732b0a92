"""A group of usage on a page: its name, and the calls that it counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting
from llm.admin.console.links import CALLERS, calls_link
from llm.admin.console.usage.period import Period
from llm.core.calls import CallStatus
from llm.services.analytics.over_time import Key
from llm.services.analytics.question import Grouping

GROUPINGS: dict[str, Promise] = {
    Grouping.MODEL: gettext_lazy("model"),
    Grouping.PROVIDER: gettext_lazy("provider"),
    Grouping.KEY: gettext_lazy("consumer and key"),
    Grouping.TEAM: gettext_lazy("team"),
    Grouping.ROUTE: gettext_lazy("route"),
    Grouping.STATUS: gettext_lazy("status"),
    Grouping.ERROR_CLASS: gettext_lazy("error"),
}
NAMELESS: dict[Grouping, Promise] = {
    Grouping.PROVIDER: gettext_lazy("no answer"),
    Grouping.MODEL: gettext_lazy("no answer"),
    Grouping.KEY: gettext_lazy("no consumer"),
    Grouping.TEAM: gettext_lazy("no team"),
    Grouping.ERROR_CLASS: gettext_lazy("no error"),
}
KEY_SHOWN = 8
"""Characters of a key's id that tell it from the consumer's others."""


def values_of(groupings: Sequence[Grouping], key: Key) -> dict[Grouping, tuple[str, ...]]:
    """The key's values by grouping: a key of consumers has two."""
    rest, values = list(key), {}
    for grouping in groupings:
        width = len(grouping.columns)
        values[grouping], rest = tuple(rest[:width]), rest[width:]
    return values


def label_of(grouping: Grouping, values: tuple[str, ...]) -> str:
    """What people read: "claude", "static text", "whatsapp (018f1c2d)"."""
    name = values[0]
    if not name:
        return str(NAMELESS.get(grouping, formatting.UNKNOWN))
    if grouping is Grouping.KEY:
        return f"{name} ({values[1][:KEY_SHOWN]})" if values[1] else name
    if grouping is Grouping.STATUS:
        return str(formatting.STATUSES.get(name, ("", name))[1])
    if grouping is Grouping.ERROR_CLASS:
        return formatting.reason(name)
    return str(formatting.STATUSES[CallStatus.STATIC][1]) if name == "static" else name


def calls_of(
    values: Mapping[Grouping, tuple[str, ...]], period: Period, *, attempts: bool, only: Mapping[str, str]
) -> str:
    """The list of the group's calls. `attempts`: the figure counts attempts, so calls that asked the provider.

    `only`: what the whole page is narrowed to.
    """
    filters: dict[str, Any] = dict(only)
    for grouping, names in values.items():
        filters |= _filters(grouping, names, attempts=attempts)
    return calls_link(since=period.start, until=period.end, origin=CALLERS, **filters)


def _filters(grouping: Grouping, names: tuple[str, ...], *, attempts: bool) -> dict[str, str]:
    match grouping:
        case Grouping.KEY:
            return {"consumer": names[0], "key_id": names[1]}
        case Grouping.PROVIDER if attempts and names[0] != "static":
            return {"tried": names[0]}
        case Grouping.PROVIDER if not names[0]:
            return {"status": "unanswered"}
        case Grouping.ERROR_CLASS:
            return {"error": names[0]}
        case _:
            return {grouping.value: names[0]}


def others() -> str:
    return _("others")
