"""Ends what a session of staff may do without a second factor, where ADMIN_SECOND_FACTOR wants one."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_otp.middleware import OTPMiddleware


class SecondFactorMiddleware(OTPMiddleware):
    """django-otp's middleware. With ADMIN_SECOND_FACTOR, staff whose session gave no code are anonymous.

    So a session from before the setting opens neither the admin nor the API.
    """

    def _verify_user_sync(self, request: HttpRequest, user: Any) -> Any:
        return _admitted(super()._verify_user_sync(request, user))

    async def _verify_user_async_via_auser(self, request: HttpRequest, auser: Any) -> Any:
        return _admitted(await super()._verify_user_async_via_auser(request, auser))


def _admitted(user: Any) -> Any:
    if not settings.ADMIN_SECOND_FACTOR or not (user.is_authenticated and user.is_staff) or user.is_verified():
        return user
    return AnonymousUser()
