"""Decides from a request's header whether its body is received. Nothing of the body has been read by then."""

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.urls import resolve

from web.auth import CHALLENGE, awaited_key_consumer
from web.database import in_database
from web.errors import ApiError, as_api_error
from web.middleware import is_api

FORM_BYTES = 64 * 1024
"""For senders who have a cookie at best: a form to sign in has 200 bytes, the admin's largest some 10,000."""


def announces_body(request: HttpRequest) -> bool:
    """Whether a body follows the header (RFC 9112, section 6.3)."""
    return announced_length(request) != 0


def announced_length(request: HttpRequest) -> int | None:
    """The body's bytes by its header; None for one that comes in chunks."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() and "HTTP_TRANSFER_ENCODING" not in request.META else None


async def refusal(request: HttpRequest, length: int | None) -> ApiError | None:
    """Why the body is not received: unknown address, wrong method, no or bad credentials. None when it is.

    Keeps the resolved view in the request. The view answers the first two by itself, without a body.
    """
    try:
        request.resolver_match = match = request.resolver_match or resolve(request.path_info)
        methods = _methods(match.func)
        if methods is not None and request.method not in methods:
            return ApiError(405)
        if not is_api(request.path_info):
            return await _unless_small_or_signed_in(request, length)
        if await awaited_key_consumer(request) is not None:
            return None
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return await _unless_small_or_signed_in(request, length)
        return ApiError(401, headers={"WWW-Authenticate": CHALLENGE})
    except Exception as error:  # noqa: BLE001  any exception becomes the contract's error
        return as_api_error(error)


def _methods(view: Callable[..., Any]) -> Collection[str] | None:
    """The methods of our endpoints and of class-based views; None for other views, which take all."""
    methods: Collection[str] | None = getattr(view, "methods", None)
    if methods is not None:
        return methods
    actions = getattr(view, "actions", None)
    if actions:
        return [name.upper() for name in actions]
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return None
    return [name.upper() for name in view_class.http_method_names if hasattr(view_class, name)]


async def _unless_small_or_signed_in(request: HttpRequest, length: int | None) -> ApiError | None:
    if length is not None and length <= FORM_BYTES:
        return None
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is not None and await in_database(_is_signed_in)(key):
        return None
    return ApiError(401, headers={"WWW-Authenticate": CHALLENGE}) if is_api(request.path_info) else ApiError(413)


def _is_signed_in(key: str) -> bool:
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return SESSION_KEY in session
