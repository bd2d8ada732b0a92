"""The form of a provider: validates its fields, and accepts a key without showing the stored one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldBooleanSwitchWidget,
)

from llm.core.chat.request import Capability
from llm.models import Provider
from llm.services.providers import lacks_its_key


class ProviderForm(forms.ModelForm):
    """A provider's row, plus its key as a write-only field."""

    supports = forms.MultipleChoiceField(
        label=_("Supports"),
        required=False,
        choices=[(str(item), str(item).replace("_", " ")) for item in Capability],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Without a choice: all that its kind supports."),
    )
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=1000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted and never shown. Leave empty to keep what is stored."),
    )
    remove_key = forms.BooleanField(label=_("Remove stored key"), required=False, widget=UnfoldBooleanSwitchWidget)

    class Meta:
        model = Provider
        fields = (
            "name",
            "kind",
            "model",
            "enabled",
            "base_url",
            "api_key_env",
            "account",
            "priority",
            "weight",
            "max_tokens",
            "attempt_timeout_s",
            "context_window",
            "supports",
            "gemini_sdk",
        )

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"]
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise forms.ValidationError(_("A key has no blanks, line breaks or accents: copy it again."))
        return key

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("api_key") and self.cleaned_data.get("remove_key"):
            self.add_error("remove_key", _("Either store a new key or remove the stored one."))
        return cleaned

    def _post_clean(self) -> None:
        lacks_key = self._lacks_its_key()  # before Django gives the new values to the instance
        super()._post_clean()  # type: ignore[misc]  # Django's own, which its stubs leave out
        if lacks_key and not self.errors:
            self.add_error(
                "api_key",
                _("A key belongs to its address: give the key again with another address, vendor or variable."),
            )

    def _lacks_its_key(self) -> bool:
        given = self.cleaned_data
        if self.errors:
            return False
        return lacks_its_key(
            self.instance,
            kind=given["kind"],
            base_url=given["base_url"],
            api_key_env=given["api_key_env"],
            api_key=given.get("api_key") or ("" if given.get("remove_key") else None),
        )
