"""Marks requests whose body the server has not received, with the reason."""

from django.http import HttpRequest

from web.errors import ApiError

_ATTRIBUTE = "_unread_body"


def mark_unread(request: HttpRequest, reason: ApiError) -> None:
    """For the server, before the request enters the middleware."""
    setattr(request, _ATTRIBUTE, reason)


def unread_reason(request: HttpRequest) -> ApiError | None:
    """The reason; None for a request whose body is there."""
    reason: ApiError | None = getattr(request, _ATTRIBUTE, None)
    return reason
