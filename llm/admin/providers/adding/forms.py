"""The forms of the steps: key and address of a vendor, and the row that is saved at the end."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from llm.services.catalogue.drafts import Draft, InvalidDraft, draft_of
from llm.vendors.preset import Preset

MOST_PRIORITY = 32_767


class AccountForm(forms.Form):
    """The key, the blanks of the address, or another address. `draft` is there once the form is valid."""

    use_required_attribute = False
    draft: Draft

    def __init__(self, preset: Preset, data: Any = None) -> None:
        super().__init__(data, auto_id="account_%s")
        self.preset = preset
        self.fields["api_key"] = forms.CharField(
            label=_("API key"),
            required=False,
            max_length=1000,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            help_text=_("Never shown again, and saved with the provider only.")
            if preset.needs_key
            else _("Only where this server wants one."),
        )
        for blank in preset.blanks:
            self.fields[f"values.{blank}"] = forms.CharField(
                label=blank, required=False, widget=UnfoldAdminTextInputWidget, help_text=_(preset.hints[blank])
            )
        self.fields["base_url"] = forms.CharField(
            label=_("Another address"),
            required=False,
            max_length=500,
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": preset.address}),
            help_text=_("Empty: the vendor's own address."),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        values = {blank: given.get(f"values.{blank}", "") for blank in self.preset.blanks}
        try:
            self.draft = draft_of(
                self.preset.name, api_key=given.get("api_key", ""), values=values, base_url=given.get("base_url", "")
            )
        except InvalidDraft as error:
            self.add_error(error.field if error.field in self.fields else None, error.fault)
        return given


class RowForm(forms.Form):
    """Name, order and switch of the provider that is made of a tested model."""

    use_required_attribute = False
    name = forms.SlugField(label=gettext_lazy("Name"), max_length=64, widget=UnfoldAdminTextInputWidget)
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=MOST_PRIORITY,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Lower is asked first."),
    )
    enabled = forms.BooleanField(label=gettext_lazy("Serves at once"), required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="row_%s", initial=initial)
