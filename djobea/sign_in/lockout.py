"""The page of a locked-out sign-in: django-axes' AXES_LOCKOUT_CALLABLE."""

from math import ceil
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """429 with Retry-After, in the language of the browser. Blocks for one query."""
    wait_s = _seconds_left(request)
    context = {"minutes": ceil(wait_s / 60)}
    response = render(request, "admin/locked_out.html", context, status=429)
    response["Retry-After"], response["Cache-Control"] = str(wait_s), "no-store"
    return response


def _seconds_left(request: HttpRequest) -> int:
    """Seconds until the newest failure of this user at this address is forgotten."""
    cool_off = get_cool_off(request)
    assert cool_off is not None  # noqa: S101  set in the settings
    credentials: dict[str, Any] = getattr(request, "axes_credentials", None) or {}
    username = credentials.get("username") or request.POST.get("username", "")
    newest = (
        AccessAttempt.objects.filter(username=username, ip_address=getattr(request, "axes_ip_address", None))
        .order_by("-attempt_time")
        .first()
    )
    started = newest.attempt_time if newest else timezone.now()
    return max(1, ceil((started + cool_off - timezone.now()).total_seconds()))
