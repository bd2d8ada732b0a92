"""The admin's sign-in form: name, password, and the code of the second factor."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from djobea.sign_in.second_factor import has_second_factor, matching_device

NEEDED = _("Enter the code of your authenticator app, or a recovery code.")
WRONG = _("This code is wrong or was used before. Wait for the next one.")
NOT_SET_UP = _("A second factor is required here, and you have none. Ask an administrator to set one up.")


class SignInForm(AuthenticationForm):
    """Asks for a code of those who have a second factor. Refuses staff without one under ADMIN_SECOND_FACTOR."""

    code = forms.CharField(
        required=False,
        max_length=32,
        label=_("Code"),
        help_text=_("Only with a second factor."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user: Any = self.get_user()
        if has_second_factor(user):
            code = cleaned.get("code", "")
            if not code:
                raise forms.ValidationError(NEEDED, code="code_needed")
            # django-otp notes the device in the session when the user signs in.
            user.otp_device = matching_device(user, code)
            if user.otp_device is None:
                raise forms.ValidationError(WRONG, code="code_wrong")
        elif settings.ADMIN_SECOND_FACTOR:
            raise forms.ValidationError(NOT_SET_UP, code="not_set_up")
        return cleaned
