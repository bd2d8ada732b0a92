import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from web.middleware import SecurityHeadersMiddleware


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


async def _async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


async def _called(middleware: Any, request: HttpRequest) -> HttpResponseBase:
    response: HttpResponseBase = await middleware(request)
    return response


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("options", [{}, {"SECURE_HSTS_SECONDS": 60}, {"SECURE_SSL_REDIRECT": True}])
def test_it_does_as_django_s_own_class_does(settings: Any, options: dict[str, Any], secure: bool) -> None:
    for name, value in options.items():
        setattr(settings, name, value)
    request = RequestFactory().get("/v1/models", secure=secure)
    expected = SecurityMiddleware(_view)(request)
    assert isinstance(expected, HttpResponse)
    sync = SecurityHeadersMiddleware(_view)(request)
    awaited = asyncio.run(_called(SecurityHeadersMiddleware(_async_view), request))
    for response in (sync, awaited):
        assert isinstance(response, HttpResponse)
        assert response.status_code == expected.status_code
        assert response.headers == expected.headers
        assert response.content == expected.content


def test_hsts_is_sent_over_https_when_it_is_configured(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    response = SecurityHeadersMiddleware(_view)(RequestFactory().get("/", secure=True))
    assert isinstance(response, HttpResponse)
    assert response["Strict-Transport-Security"] == "max-age=60"
