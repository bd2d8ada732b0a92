"""The page on which members of staff set up their second factor."""

import django_otp
from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from djobea.sign_in import second_factor
from djobea.sign_in.form import WRONG


class CodeForm(forms.Form):
    """The first code of a new device."""

    code = forms.CharField(
        max_length=8,
        label=_("Code"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Shows a new device as a QR code; its first code confirms it. A user with a second factor is told so."""
    context = {**admin.site.each_context(request), "title": _("Second factor")}
    if second_factor.has_second_factor(request.user):
        return TemplateResponse(request, "admin/second_factor.html", {**context, "is_set_up": True})
    device = second_factor.unconfirmed_device(request.user)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = second_factor.confirm(device, form.cleaned_data["code"])
        if codes is not None:
            django_otp.login(request, device)
            return TemplateResponse(request, "admin/second_factor.html", {**context, "recovery_codes": codes})
        form.add_error("code", WRONG)
    picture = second_factor.qr_code(device).svg_inline(scale=5, border=2, light="white")
    context |= {
        "form": form,
        "picture": mark_safe(picture),  # noqa: S308  segno draws it; the address is in it as dots only
        "secret": second_factor.secret_of(device),
    }
    return TemplateResponse(request, "admin/second_factor.html", context)
