"""Addresses of the console's pages with their settings: every number leads to the calls that it counts."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

CALLERS = "callers"
"""The value of `origin` for all calls but tests and probes: those that figures count."""


def calls_link(*, since: datetime | None = None, until: datetime | None = None, **settings: Any) -> str:
    """The list of calls with these filters: the names are those of `llm.admin.console.calls.filters`."""
    return link("admin:llm_call_changelist", since=since, until=until, **settings)


def link(name: str, *, since: datetime | None = None, until: datetime | None = None, **settings: Any) -> str:
    """A page with its settings; those that are empty are left out. Moments are written in the zone in force."""
    given = {"from": since and minute(since), "to": until and minute(until), **settings}
    query = urlencode([(key, value) for key, value in given.items() if value not in (None, "")])
    return f"{reverse(name)}?{query}" if query else reverse(name)


def minute(at: datetime) -> str:
    """A moment as addresses and date fields write it: "2026-11-28T11:15", with seconds where it has some."""
    local = timezone.localtime(at)
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
