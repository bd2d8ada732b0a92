"""Who sends a request: a consumer key, or else a Django session (then unsafe methods need a CSRF token).

A key comes as bearer token; to the vendors' own surfaces under /v1 also as `x-api-key`, as Anthropic's clients send it.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import CSRFCheck

from llm.services.consumers import BadKey, Consumer, authenticate, bearer
from web.database import in_database
from web.errors import ApiError, longest_root

CHALLENGE = 'Bearer realm="djobea"'
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


async def identify(request: HttpRequest) -> Consumer | None:
    """The consumer; None for an anonymous one.

    Raises ApiError: 401 for a key of no use, 403 for a session without a good CSRF token.
    """
    try:
        consumer = await authenticate(authorization(request))
    except BadKey as error:
        raise bad_key(str(error)) from None
    if consumer is not None:
        return consumer
    if not hasattr(request, "auser"):
        return None  # on the short way, which has no sessions
    consumer = await _of_the_session(request)
    if consumer is not None:
        check_csrf(request)
    return consumer


def authorization(request: HttpRequest) -> str:
    """What authorises the request, as an `Authorization` header's value; a bearer token stands above an `x-api-key`."""
    given = request.headers.get("Authorization", "")
    key = request.headers.get("x-api-key")
    if key is None or bearer(given) is not None or not longest_root(request.path_info, settings.ERROR_FORMATS):
        return given
    return f"Bearer {key}"


@in_database
def _of_the_session(request: HttpRequest) -> Consumer | None:
    user = request.user
    if not user.is_authenticated:
        return None
    return Consumer(user_id=user.pk, username=user.get_username(), is_staff=user.is_staff)


def bad_key(message: str) -> ApiError:
    """The 401 for a key of no use."""
    return ApiError(
        401, "invalid_api_key", message, headers={"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    )


def no_credentials() -> ApiError:
    """The 401 for a request that names nobody."""
    return ApiError(401, headers={"WWW-Authenticate": CHALLENGE})


def check_csrf(request: HttpRequest) -> None:
    """Raises ApiError 403 for an unsafe method without a good token.

    For sessions only: a browser sends cookies by itself, but never our bearer keys.
    """
    if request.method in SAFE:
        return
    check: Any = CSRFCheck(lambda _: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, None, (), {}):
        raise ApiError(403, "csrf_failed", f"CSRF check failed: {reason}")
