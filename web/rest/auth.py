"""DRF's authentication classes on `web.auth`. Two, since the schema lists each way of authentication."""

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from llm.services.access.consumers import Consumer
from web.auth import CHALLENGE, key_consumer, session_consumer


class ConsumerKeyAuthentication(BaseAuthentication):
    """A consumer key. `request.user` is made from the snapshot, without a query."""

    def authenticate(self, request: Request) -> tuple[Any, Consumer] | None:
        consumer = key_consumer(request._request)
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
        consumer = session_consumer(request._request)
        return None if consumer is None else (request._request.user, consumer)
