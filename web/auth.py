"""Identifies the sender of a request: by a consumer key, else by a Django session.

A key comes as a bearer token, and where a vendor's API is served (`settings.ERROR_FORMATS`) also as `x-api-key`.
DRF's classes for the same: `web.rest.auth`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import CSRFCheck

from llm.core.consumers.rights import Endpoint
from llm.services.access.consumers import BadKey, Consumer, authenticate, authenticate_sync, bearer
from llm.services.access.key_rights import judge_use
from web.address import sender_address
from web.database import in_database
from web.errors import ApiError, longest_root

CHALLENGE = 'Bearer realm="djobea"'
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


async def identify(request: HttpRequest) -> Consumer | None:
    """The consumer; None for a request without credentials.

    Raises ApiError: 401 for a bad key, 403 for a session without a valid CSRF token. Raises NotAllowed for a key that
    may not be used from this address, now, or at this endpoint. Raises NotChecked when the
    database cannot be asked about a key.
    """
    consumer = await awaited_key_consumer(request)
    if consumer is None and hasattr(request, "user"):  # requests on the API's chain have no session
        return await in_database(session_consumer)(request)
    return consumer


async def awaited_key_consumer(request: HttpRequest) -> Consumer | None:
    """The consumer behind the request's key, None without a key. Raises ApiError 401 for a bad key.

    A good key is judged once a request: the intake asks before the body is received, and the endpoint after it.
    """
    consumer: Consumer | None = getattr(request, "_key_consumer", None)
    if consumer is None:
        with _bad_key_is_401():
            consumer = await authenticate(authorization(request))
        if consumer is not None:
            _judge_use(request, consumer)
        request._key_consumer = consumer  # type: ignore[attr-defined]
    return consumer


def key_consumer(request: HttpRequest) -> Consumer | None:
    """The consumer behind the request's key, None without a key. Blocks; raises what `identify` raises for keys."""
    with _bad_key_is_401():
        consumer = authenticate_sync(authorization(request))
    if consumer is not None:
        _judge_use(request, consumer)
    return consumer


def session_consumer(request: HttpRequest) -> Consumer | None:
    """The consumer behind the request's session, None without one.

    Blocks; raises ApiError 403 for an unsafe method without a valid CSRF token.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    _check_csrf(request)
    return Consumer(
        user_id=user.pk,
        username=user.get_username(),
        is_staff=user.is_staff,
        permissions=frozenset(user.get_all_permissions()) if user.is_staff else frozenset(),
    )


def authorization(request: HttpRequest) -> str:
    """The value of the `Authorization` header, or the `x-api-key` in its form. A bearer token takes precedence."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")  # `request.headers` would first copy them all
    key: str | None = request.META.get("HTTP_X_API_KEY")
    if key is None or bearer(header) is not None or not longest_root(request.path_info, settings.ERROR_FORMATS):
        return header
    return f"Bearer {key}"


def _judge_use(request: HttpRequest, consumer: Consumer) -> None:
    judge_use(consumer, endpoint=endpoint_of(request), address=sender_address(request))


def endpoint_of(request: HttpRequest) -> str:
    """The endpoint that is asked, as keys' rights and route rules name it."""
    root = longest_root(request.path_info, settings.KEY_ENDPOINTS)
    return str(settings.KEY_ENDPOINTS[root]) if root else Endpoint.OPERATE


@contextmanager
def _bad_key_is_401() -> Iterator[None]:
    try:
        yield
    except BadKey as error:
        challenge = f'{CHALLENGE}, error="invalid_token"'
        raise ApiError(401, "invalid_api_key", str(error), headers={"WWW-Authenticate": challenge}) from None


def _check_csrf(request: HttpRequest) -> None:
    # For sessions only: a browser sends cookies by itself, but never our bearer keys.
    if request.method in SAFE_METHODS:
        return
    check: Any = CSRFCheck(lambda _: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, None, (), {}):
        raise ApiError(403, "csrf_failed", f"CSRF check failed: {reason}")
