"""The screens of failed sign-ins and of second factors. Deleting a row unlocks, or removes the factor."""

from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin


class _Deletable(ModelAdmin):
    """Rows that sign-ins write: shown with the view permission, removed with the delete permission."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AccessAttempt)
class FailedSignInAdmin(_Deletable):
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")
    ordering = ("-attempt_time",)


# Registered before django-otp's own screens, which show secrets and step back for these.
@admin.register(TOTPDevice, StaticDevice)
class SecondFactorAdmin(_Deletable):
    list_display = ("user", "name", "confirmed", "created_at", "last_used_at")
    fields = ("user", "name", "confirmed", "created_at", "last_used_at", "throttling_failure_count")
    search_fields = ("user__username",)
    list_select_related = ("user",)
