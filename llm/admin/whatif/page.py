"""The page "What if": the calls of a period, replayed without one provider."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminSelectWidget

from llm.admin import formatting
from llm.admin.providers.page import Table
from llm.admin.whatif.words import sentence, signed_milliseconds, signed_money
from llm.models import Call
from llm.services.access.rights import Right, may
from llm.services.whatif import Replay, what_if
from llm.stores.config.snapshot import config_store

PERIODS = (
    ("3600", gettext_lazy("the last hour")),
    ("86400", gettext_lazy("the last 24 hours")),
    ("604800", gettext_lazy("the last 7 days")),
    ("2592000", gettext_lazy("the last 30 days")),
)


class WhatIfForm(forms.Form):
    """Which provider is left out, and of which period."""

    down = forms.ChoiceField(label=gettext_lazy("Without"), widget=UnfoldAdminSelectWidget)
    last = forms.ChoiceField(label=gettext_lazy("Of the calls of"), choices=PERIODS, widget=UnfoldAdminSelectWidget)

    def __init__(self, data: Mapping[str, Any] | None, names: list[str]) -> None:
        super().__init__(data)
        self.fields["down"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


@require_GET
def what_if_page(request: HttpRequest) -> HttpResponse:
    """The form, and with `?down=claude&last=3600` the replay. Changes nothing and asks no vendor."""
    if not may(request.user, Right.VIEW, Call):
        raise PermissionDenied
    form = WhatIfForm(request.GET or None, list(config_store.current_sync().default_order))
    context = {**admin.site.each_context(request), "title": _("What if"), "form": form}
    if form.is_valid():
        last = timedelta(seconds=int(form.cleaned_data["last"]))
        replay = what_if(form.cleaned_data["down"], last=last)
        context |= {
            "replay": replay,
            "sentence": sentence(replay, formatting.span(last)),
            "facts": _facts(replay),
            "table": _table(replay),
        }
    return TemplateResponse(request, "admin/llm/whatif.html", context)


def _facts(replay: Replay) -> list[tuple[str, str]]:
    result = replay.result
    facts = [
        (_("Calls"), formatting.whole(result.calls)),
        (_("Answered by it"), formatting.whole(result.moved)),
        (_("Static texts, recorded"), formatting.whole(result.static_before)),
        (_("Static texts without it, about"), formatting.whole(round(result.static_after))),
        (
            _("Added time a call"),
            formatting.UNKNOWN if result.added_ms is None else signed_milliseconds(result.added_ms),
        ),
        (_("Added cost"), signed_money(result.cost_after_usd - result.cost_before_usd)),
    ]
    if result.spared_ms is not None:
        spared = _("%(calls)s calls, %(time)s each")
        words = {"calls": formatting.whole(result.spared), "time": formatting.milliseconds(result.spared_ms)}
        facts.append((_("Waited for it in vain"), spared % words))
    return facts


def _table(replay: Replay) -> Table:
    """Who would have answered, on what evidence."""
    return Table(
        headers=(_("Provider"), _("Calls"), _("Success"), _("Calls that it got"), _("Time, median")),
        rows=tuple(
            (
                one.provider,
                formatting.whole(round(one.calls)),
                formatting.percent(one.evidence.rate) if one.evidence.tries else _("never asked"),
                formatting.whole(one.evidence.tries),
                formatting.milliseconds(one.evidence.answer_ms),
            )
            for one in replay.result.substitutes
        ),
    )
