"""The page of the drills: failures played on simulated vendors in a process and a database of their own."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from llm.admin import formatting
from llm.drills import CATALOGUE
from llm.drills.sandbox import NotPlayed, report_of
from llm.services.access.rights import OPERATE, may

TIMEOUT_S = 120.0
LOCK = "llm.admin.drill"
"""One drill at a time: each takes a processor for some seconds."""


@require_http_methods(["GET", "POST"])
def drills_page(request: HttpRequest) -> HttpResponse:
    """The catalogue; by POST plays the drill `name` and shows its report. Touches no row of this installation."""
    if not may(request.user, *OPERATE):
        raise PermissionDenied
    report, fault = _play(request.POST.get("name", "")) if request.method == "POST" else (None, "")
    context = {
        **admin.site.each_context(request),
        "title": _("Drills"),
        "drills": CATALOGUE.values(),
        "report": report,
        "fault": fault,
    }
    return TemplateResponse(request, "admin/llm/drills.html", context)


def _play(name: str) -> tuple[dict[str, Any] | None, str]:
    """The report, or why there is none."""
    drill = CATALOGUE.get(name)
    if drill is None or drill.slow or drill.needs_redis:
        return None, _("This drill is not played here.")
    if not cache.add(LOCK, name, TIMEOUT_S):
        return None, _("Another drill is being played: wait for its end.")
    try:
        report = report_of(name, timeout_s=TIMEOUT_S)
    except NotPlayed as error:
        return None, _("%(name)s was not played: %(why)s.") % {"name": name, "why": error}
    finally:
        cache.delete(LOCK)
    for one in report["expectations"]:
        one["words"] = in_own_language(one["promise"]["words"], one["promise"]["values"])
    return report, ""


def in_own_language(words: str, values: Mapping[str, str]) -> str:
    """The words of a promise in the reader's language."""
    state = {"state": formatting.STATES[values["state"]][1]} if "state" in values else {}
    return _(words) % {**values, **state}
