"""The screen of the static texts: the answers when no provider can answer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from llm.admin.base import RightsAdmin
from llm.models import Route, StaticText


class StaticTextForm(forms.ModelForm):
    """Offers existing routes only: the gateway never uses the text of another."""

    route = forms.ChoiceField(label=_("route"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = StaticText
        fields = ("route", "language", "text")
        help_texts = {"text": _("For suggestions: one per line.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {*Route.objects.values_list("name", flat=True), self.instance.route} - {""}
        self.fields["route"].choices = [(name, name) for name in sorted(names)]  # type: ignore[attr-defined]


@admin.register(StaticText)
class StaticTextAdmin(RightsAdmin):
    form = StaticTextForm
    list_display = ("route", "language", "beginning")
    list_filter = ("language",)

    @admin.display(description=_("text"))
    def beginning(self, obj: StaticText) -> str:
        return Truncator(obj.text).chars(90)
