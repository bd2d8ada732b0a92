"""Adding a provider from the catalogue: vendor, then key and model, then the test, after which it is saved."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from llm.admin import formatting
from llm.admin.providers.adding.forms import MOST_PRIORITY, AccountForm, RowForm
from llm.admin.providers.adding.kept import forget, keep, kept
from llm.admin.providers.adding.words import finding_rows, offer_fault, prices_of, vendors_like
from llm.admin.providers.buttons import username
from llm.core.exceptions import LLMError
from llm.models import Provider
from llm.services.access.rights import Right, may
from llm.services.catalogue.adding import add, free_name
from llm.services.catalogue.capabilities.report import CapabilityReport
from llm.services.catalogue.capabilities.run import test_sync
from llm.services.catalogue.drafts import Draft, InvalidDraft, draft_like
from llm.services.catalogue.models import offered_sync
from llm.vendors.catalogue import PRESETS
from llm.vendors.preset import Preset

View = Callable[..., HttpResponse]
MOST_MODELS = 100
"""Rows of the list; the search finds the others."""


def step(view: View) -> View:
    """A page for those who may add providers. Its second argument is the vendor's row of the catalogue."""

    @wraps(view)
    def guarded(request: HttpRequest, preset: str = "") -> HttpResponse:
        if not may(request.user, Right.ADD, Provider):
            raise PermissionDenied
        if not preset:
            return view(request)
        if preset not in PRESETS:
            raise Http404
        return view(request, PRESETS[preset])

    return never_cache(guarded)


@step
def vendors_page(request: HttpRequest) -> HttpResponse:
    """Step 1: the catalogue, searched by `?q=`."""
    wanted = request.GET.get("q", "").strip()
    return _page(request, "vendors", _("Add a provider"), {"q": wanted, "vendors": vendors_like(wanted)})


@sensitive_post_parameters()
@step
def account_page(request: HttpRequest, preset: Preset) -> HttpResponse:
    """Step 2: key and address. A valid form is kept on the server, then the models are shown."""
    form = AccountForm(preset, request.POST if request.method == "POST" else None)
    if form.is_valid():
        keep(request, form.draft)
        return HttpResponseRedirect(reverse("llm-add-provider-models", args=[preset.name]))
    return _page(request, "account", _("Add %(vendor)s") % {"vendor": preset.label}, {"preset": preset, "form": form})


def like_view(request: HttpRequest, pk: Any) -> HttpResponse:
    """Step 2 with the key and address of a provider that is there, by POST: another model of its account."""
    if not may(request.user, Right.ADD, Provider):
        raise PermissionDenied
    row = Provider.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    page = HttpResponseRedirect(reverse("admin:llm_provider_change", args=[pk]))
    if request.method != "POST":
        return page
    try:
        draft = draft_like(row.name, model="")
    except InvalidDraft as error:
        messages.error(request, error.fault)
        return page
    keep(request, draft)
    return HttpResponseRedirect(reverse("llm-add-provider-models", args=[draft.preset.name]))


@step
def models_page(request: HttpRequest, preset: Preset) -> HttpResponse:
    """Step 2, continued: the models of the account with their prices. The vendor is asked, which is not billed."""
    draft = kept(request, preset.name)
    if draft is None:
        return _ask_again(request, preset)
    offer, wanted = offered_sync(draft), request.GET.get("q", "").strip()
    found = [model for model in offer.models if wanted.lower() in model.id.lower()]
    context = {
        "preset": preset,
        "q": wanted,
        "offer": offer,
        "fault": offer_fault(offer),
        "models": [(model, *prices_of(model)) for model in found[:MOST_MODELS]],
        "more": max(0, len(found) - MOST_MODELS),
    }
    return _page(request, "models", _("Models of %(vendor)s") % {"vendor": preset.label}, context)


@step
def test_page(request: HttpRequest, preset: Preset) -> HttpResponse:
    """Step 3, by POST: tests `model`, shows the findings, and by `save` makes the provider."""
    draft = kept(request, preset.name, model=request.POST.get("model", ""))
    if draft is None:
        return _ask_again(request, preset)
    models = HttpResponseRedirect(reverse("llm-add-provider-models", args=[preset.name]))
    if request.method != "POST":
        return models
    try:
        report = test_sync(draft, by=username(request.user))
    except LLMError as error:
        messages.error(request, error.fault if isinstance(error, InvalidDraft) else str(error))
        return models
    form = RowForm(request.POST) if "save" in request.POST else RowForm(initial=_row_before(draft))
    if report.usable and form.is_valid() and (row := _saved(request, draft, report, form)):
        return HttpResponseRedirect(reverse("admin:llm_provider_change", args=[row.pk]))
    title = _("Test of %(model)s") % {"model": draft.model}
    return _page(
        request,
        "tested",
        title,
        {
            "preset": preset,
            "draft": draft,
            "report": report,
            "cost": formatting.cost(report.cost_usd, report.cost_usd is None),
            "rows": finding_rows(report),
            "form": form,
        },
    )


test_page.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it by its name


def _row_before(draft: Draft) -> dict[str, Any]:
    """A free name, and the place behind all others."""
    last = Provider.objects.aggregate(last=Max("priority"))["last"]
    return {
        "name": free_name(draft),
        "priority": 100 if last is None else min(last + 10, MOST_PRIORITY),
        "enabled": True,
    }


def _saved(request: HttpRequest, draft: Draft, report: CapabilityReport, form: RowForm) -> Provider | None:
    """The new row; None when its name cannot be had, which the form then says."""
    try:
        row = add(draft, report, **form.cleaned_data)
    except InvalidDraft as error:
        form.add_error(error.field if error.field in form.fields else None, _(error.fault))
        return None
    forget(request)
    admin.site.get_model_admin(Provider).log_addition(request, row, [{"added": {}}])
    messages.success(request, _("%(name)s was added.") % {"name": row.name})
    return row


def _ask_again(request: HttpRequest, preset: Preset) -> HttpResponse:
    messages.warning(request, _("The key is kept for 15 minutes: give it again."))
    return HttpResponseRedirect(reverse("llm-add-provider-account", args=[preset.name]))


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/llm/provider/adding/{name}.html", {**frame, **context})
