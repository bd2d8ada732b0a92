"""DRF's authentication classes: the same rules as `web.auth`, for class-based views."""

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from llm.services.consumers import BadKey, Consumer, authenticate_sync
from web.auth import CHALLENGE, bad_key, check_csrf


class ConsumerKeyAuthentication(BaseAuthentication):
    """A consumer key as bearer token. `request.user` is made from the snapshot, without a query."""

    def authenticate(self, request: Request) -> tuple[Any, Consumer] | None:
        try:
            consumer = authenticate_sync(request.headers.get("Authorization", ""))
        except BadKey as error:
            raise bad_key(str(error)) from None
        if consumer is None:
            return None
        user = get_user_model()(
            pk=consumer.user_id, username=consumer.username, is_staff=consumer.is_staff, is_active=True
        )
        return user, consumer

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class SessionAuthentication(BaseAuthentication):
    """A Django session; unsafe methods need a CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Consumer] | None:
        user = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        check_csrf(request._request)
        return user, Consumer(user_id=user.pk, username=user.get_username(), is_staff=user.is_staff)
