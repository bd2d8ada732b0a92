"""The alerts that are open now, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from llm.admin import formatting
from llm.admin.console.links import link
from llm.alerts.decide import Line
from llm.alerts.events import Topic
from llm.alerts.ledger import open_lines

TITLES: dict[Topic, tuple[Promise, str]] = {
    Topic.PROVIDER: (gettext_lazy("%(name)s is out of service"), "admin:llm_provider_changelist"),
    Topic.ALL_DOWN: (gettext_lazy("No provider can answer"), "admin:llm_provider_changelist"),
    Topic.STATIC: (gettext_lazy("Callers get static texts"), "admin:llm_call_changelist"),
    Topic.PROBE_BUDGET: (gettext_lazy("The budget of probes is spent"), "admin:llm_provider_changelist"),
    Topic.JOURNAL: (gettext_lazy("The journal on %(name)s cannot be written"), "admin:index"),
    Topic.RECORDS: (gettext_lazy("Call records on %(name)s are in memory only"), "admin:index"),
    Topic.WALLET: (gettext_lazy("The money of %(name)s runs out"), "admin:llm_wallet_changelist"),
    Topic.SPENDING: (gettext_lazy("Spending is beyond the rule %(name)s"), "admin:llm_spendingrule_changelist"),
    Topic.BOOKS: (
        gettext_lazy("Our costs and the report of %(name)s differ"),
        "admin:llm_reconciliation_changelist",
    ),
    Topic.BUDGET: (gettext_lazy("The budget %(name)s is nearly or fully spent"), "admin:llm_budget_changelist"),
}
"""Topic -> the title of an open alert, and the screen that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    title: str
    since: str
    href: str


def open_alerts() -> tuple[OpenAlert, ...]:
    """The alerts that were sent and have not ended, the oldest first. One query."""
    return tuple(_worded(line) for line in open_lines())


def _worded(line: Line) -> OpenAlert:
    title, screen = TITLES[line.subject.topic]
    settings: dict[str, Any] = {"last": "1h", "status": "static"} if line.subject.topic is Topic.STATIC else {}
    return OpenAlert(
        title=str(title) % {"name": line.subject.name},
        since=formatting.moment(line.since),
        href=link(screen, **settings),
    )
