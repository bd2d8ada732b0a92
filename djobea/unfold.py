"""The admin's title, sidebar, languages and first page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import is_valid_path, reverse_lazy
from django.utils.translation import gettext_lazy as _


def _has_permission(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _has_language_switch(request: HttpRequest) -> bool:
    """Whether the project's URLs include Django's `set_language`, to which the switch posts."""
    return bool(is_valid_path("/i18n/setlang/"))


def _menu_entry(title: Any, icon: str, model: str, app: str = "llm") -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _has_permission(f"{app}.view_{model}"),
    }


def environment(request: HttpRequest) -> list[Any] | None:
    """The badge while answers are not real."""
    from llm.services.simulator import is_running  # at the first page: the settings are not ready when this is read

    return [_("Simulated"), "warning"] if is_running() else None


def _page(title: Any, icon: str, name: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(name), "permission": _has_permission(permission)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Djobea LLM gateway"),
    "SITE_HEADER": "Djobea",
    "SITE_SUBHEADER": _("LLM gateway"),
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("llm/favicon.svg")},
    ],
    "SITE_URL": None,
    "ENVIRONMENT": "djobea.unfold.environment",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": _has_language_switch,
    "BORDER_RADIUS": "6px",
    # Style and script elements are forbidden by the Content-Security-Policy: djobea/csp.py.
    "COLORS": lambda request: {},
    "STYLES": [
        lambda request: static("llm/colours.css"),
        lambda request: static("llm/admin.css"),
        lambda request: static("llm/console.css"),
    ],
    "SCRIPTS": [
        lambda request: static("llm/htmx.js"),
        lambda request: static("llm/zone.js"),
        lambda request: static("llm/labels.js"),
    ],
    "LOGIN": {"form": "djobea.sign_in.form.SignInForm"},
    "DASHBOARD_CALLBACK": "llm.admin.console.overview.page.context",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Now"),
                "items": [
                    {"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    _menu_entry(_("Providers"), "hub", "provider"),
                    _menu_entry(_("Calls"), "list_alt", "call"),
                    _menu_entry(_("Circuit events"), "timeline", "circuitevent"),
                    _menu_entry(_("Alerts"), "notifications_active", "alert"),
                    _menu_entry(_("Wallets"), "account_balance_wallet", "wallet"),
                    _page(_("Spending"), "bar_chart", "console:spend", "llm.view_usagesum"),
                    _page(_("Latency"), "speed", "console:latency", "llm.view_usagesum"),
                    _menu_entry(_("Reconciliations"), "rule", "reconciliation"),
                    _page(_("Playground"), "science", "llm-playground", "llm.try_provider"),
                    _page(_("What if"), "call_split", "llm-what-if", "llm.view_call"),
                    _page(_("Drills"), "local_fire_department", "llm-drills", "llm.operate_provider"),
                    _page(_("Simulator"), "smart_toy", "llm-simulator", "llm.operate_provider"),
                ],
            },
            {
                "title": _("Set-up"),
                "separator": True,
                "items": [
                    _menu_entry(_("Routes"), "alt_route", "route"),
                    _menu_entry(_("Route rules"), "fork_right", "routerule"),
                    _menu_entry(_("Static texts"), "notes", "statictext"),
                    _menu_entry(_("Teams"), "groups", "team"),
                    _menu_entry(_("Consumers"), "badge", "consumer"),
                    _menu_entry(_("Consumer keys"), "key", "consumerkey"),
                    _menu_entry(_("Own prices"), "sell", "modelprice"),
                    _menu_entry(_("Spending rules"), "notifications", "spendingrule"),
                    _menu_entry(_("Limits"), "speed", "limit"),
                    _menu_entry(_("Budgets"), "savings", "budget"),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _menu_entry(_("Users"), "person", "user", "auth"),
                    _menu_entry(_("Groups"), "group", "group", "auth"),
                    _menu_entry(_("Failed sign-ins"), "lock", "accessattempt", "axes"),
                    _menu_entry(_("Second factors"), "phonelink_lock", "totpdevice", "otp_totp"),
                    {"title": _("My second factor"), "icon": "key_vertical", "link": reverse_lazy("second-factor")},
                ],
            },
        ],
    },
}
