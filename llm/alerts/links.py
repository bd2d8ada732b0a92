"""The page of the console that an alert concerns, as a whole address for people elsewhere."""

from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from llm.alerts.events import Topic
from llm.conf import llm_settings
from llm.models import Alert, Budget, Provider, Route, SpendingRule, Wallet
from llm.stores.unavailable import UNAVAILABLE

ROWS: dict[str, tuple[type[Model], str]] = {
    Topic.PROVIDER: (Provider, "name"),
    Topic.MODEL: (Provider, "name"),
    Topic.WALLET: (Wallet, "account"),
    Topic.BOOKS: (Wallet, "account"),
    Topic.SPENDING: (SpendingRule, "name"),
    Topic.BUDGET: (Budget, "name"),
    Topic.STANDBY: (Route, "name"),
}
"""The table of the topic's subjects, and the column of their names."""
PAGES = {
    Topic.ALL_DOWN: "admin:llm_provider_changelist",
    Topic.STATIC: "admin:llm_call_changelist",
    Topic.PROBE_BUDGET: "admin:llm_provider_changelist",
}
ALERTS = "admin:llm_alert_changelist"


def link_of(alert: Alert) -> str:
    """The address; "" without LLM_PUBLIC_URL, and where the project has no admin."""
    base = llm_settings().public_url
    if not base:
        return ""
    try:
        return f"{base}{_path(alert)}"
    except NoReverseMatch:
        return ""


def _path(alert: Alert) -> str:
    if alert.topic in ROWS:
        model, column = ROWS[alert.topic]
        name = alert.subject.partition("/")[0]  # a standby's subject is route/provider
        try:
            pk = model._default_manager.filter(**{column: name}).values_list("pk", flat=True).first()
        except UNAVAILABLE:
            pk = None
        if pk is not None:
            return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    return reverse(PAGES.get(alert.topic, ALERTS))  # type: ignore[call-overload]  # a str of the enum
