"""The form of a provider: validates its fields, and accepts a key without showing the stored one."""

import difflib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldBooleanSwitchWidget,
)

from llm.admin import formatting
from llm.core.chat.request import Capability
from llm.core.failures.policy import ErrorClass
from llm.models import Provider
from llm.services.control import left_without
from llm.services.providers import has_key, lacks_its_key
from llm.services.trials import try_settings

TESTED = frozenset({"kind", "model", "base_url", "api_key", "api_key_env"})
"""Fields that decide whether calls reach the vendor."""
CAPABILITIES = {
    Capability.STREAM: _("streams"),
    Capability.TOOLS: _("tools"),
    Capability.IMAGES: _("images"),
    Capability.DOCUMENTS: _("documents"),
    Capability.JSON: _("JSON"),
    Capability.JSON_SCHEMA: _("JSON by a schema"),
}
OF_THE_KEY = frozenset({ErrorClass.AUTH, ErrorClass.PERMISSION, ErrorClass.CREDIT_EXHAUSTED})


class ProviderForm(forms.ModelForm):
    """A provider's row, plus its key as a write-only field."""

    supports = forms.MultipleChoiceField(
        label=_("Supports"),
        required=False,
        choices=[(str(item), label) for item, label in CAPABILITIES.items()],
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
    untested = forms.BooleanField(
        label=_("Save without a test"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("A changed key, address, vendor or model is tested first: the vendor is asked for its models."),
    )

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
            "project",
            "upstream",
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
        if not self.errors:
            self._ask_first()
            self._test()

    def _ask_first(self) -> None:
        """The switch has no question: it does not take out the last provider that answers."""
        was_on = not self.instance._state.adding and "enabled" in self.changed_data and not self.instance.enabled
        if was_on and left_without(self.instance.name).is_last:
            self.add_error("enabled", _("No other provider would answer. Take it out by its button first, which asks."))

    def _test(self) -> None:
        """Tests changed settings where there is a key to test them with."""
        key = self.cleaned_data.get("api_key", "")
        if self.cleaned_data.get("untested") or not set(self.changed_data) & TESTED:
            return
        if self.cleaned_data.get("remove_key") or not (key or has_key(self.instance)):
            return
        trial = try_settings(self.instance, key)
        field = "api_key" if "api_key" in self.changed_data else next(iter(set(self.changed_data) & TESTED))
        if trial.failure is not None:
            at = field if trial.failure.error_class in OF_THE_KEY else "base_url"
            cause = formatting.pair(formatting.reason(trial.failure.error_class), trial.failure.message.rstrip("."))
            self.add_error(at, _("Not saved, the test failed: %(cause)s.") % {"cause": cause})
        elif not trial.has(self.instance.model):
            near = difflib.get_close_matches(self.instance.model, trial.models, n=5, cutoff=0.3) or trial.models[:5]
            self.add_error(
                "model",
                _("Not saved: the vendor lists no such model. It lists %(models)s.") % {"models": ", ".join(near)},
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
