"""The playground: a page to try a prompt on up to three routes or providers, and the address that answers one."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from llm.admin.budgets.bars import bar_of
from llm.admin.playground.answer import lines
from llm.admin.playground.request import BadRequest, read
from llm.models import Call
from llm.services import playground
from llm.services.access.rights import TRY, VIEW_CONTENT, Right, may
from llm.stores.budgets.state import budget_state
from llm.stores.config.snapshot import config_store

MOST = 3
"""Answers side by side."""


@require_GET
def playground_page(request: HttpRequest) -> HttpResponse:
    """The form. `?call=` fills in the kept prompt of a call, `?provider=` and `?route=` the target."""
    _judge(request)
    config = config_store.current_sync()
    budget = playground.budget()
    context = {
        **admin.site.each_context(request),
        "title": _("Playground"),
        "routes": sorted({*config.routes, "default"}),
        "providers": config.default_order,
        "chosen": _chosen(request),
        "prompt": _prompt(request),
        "most": MOST,
        "budget": budget,
        "bar": bar_of(budget, budget_state(budget, timezone.now())),
        "address": request.build_absolute_uri("/"),
    }
    return TemplateResponse(request, "admin/llm/playground/page.html", context)


def playground_ask(request: HttpRequest) -> HttpResponseBase:
    """One answer as lines of JSON, as it comes. On POST only."""
    _judge(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    language = get_language() or "en"
    try:
        asked = read(request.body, language if language in ("fr", "en") else "en")
    except BadRequest as error:
        return JsonResponse({"kind": "error", "message": str(error), "trail": []}, status=400)
    playground.budget()
    user = request.user
    caller = playground.caller(user.pk, user.get_username())
    response = StreamingHttpResponse(lines(asked, caller, language), content_type="application/x-ndjson")
    response.headers["Cache-Control"] = "no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _judge(request: HttpRequest) -> None:
    if not may(request.user, *TRY):
        raise PermissionDenied


def _chosen(request: HttpRequest) -> str:
    provider, route = request.GET.get("provider"), request.GET.get("route")
    return f"provider:{provider}" if provider else f"route:{route or 'default'}"


def _prompt(request: HttpRequest) -> str:
    """The last message of a call whose content was kept, for those who may see it."""
    call = request.GET.get("call")
    if not call or not may(request.user, *VIEW_CONTENT) or not may(request.user, Right.VIEW, Call):
        return ""
    row = Call.objects.filter(request_id=call).order_by("-started_at").first()
    return row.prompt.rpartition("user: ")[2] if row else ""
