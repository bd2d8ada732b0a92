"""Middlewares that run without a thread hop: request ids, JSON in place of error pages, and the API chain's guards."""

import re
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from structlog.contextvars import bind_contextvars, clear_contextvars

from llm.ids import uuid7
from llm.services.access.audit import act_as_user_of, nobody_acts
from web.bodies.unread import unread_reason
from web.errors import ApiError, as_json, error_response, longest_root, request_id_of

SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""Request ids of callers that are safe in logs, rows and headers."""

PAGES = ("/admin", "/static")
"""Paths for browsers. All others are for programs, and answer errors with JSON."""

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def is_api(path: str) -> bool:
    """Whether errors at this path must be JSON."""
    return not any(path == page or path.startswith(f"{page}/") for page in PAGES)


class _Middleware:
    """A middleware with steps before and after the view, for sync and async handlers without a thread hop."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._acall(request)
        response = self.before(request) or self.get_response(request)
        return self.after(request, response)  # type: ignore[arg-type]  # sync here

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        response = self.before(request) or await self.get_response(request)  # type: ignore[misc]  # async here
        return self.after(request, response)

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """Prepares the request. A response that it returns goes out in place of the view's."""
        return None

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Completes the response."""
        return response


class RequestIdMiddleware(_Middleware):
    """Gives each request an id, and error responses of the API their JSON body. Must be the outermost.

    The id is the caller's `X-Request-ID` when it is sane, else a new one. Logs and the response carry it.
    Errors that Django made into HTML pages (unknown address, foreign host, oversized body) get the
    contract's body and keep their other headers.
    """

    def before(self, request: HttpRequest) -> None:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = given if SANE_ID.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        if (scope := getattr(request, "scope", None)) is not None:
            scope["request_id"] = request_id_of(request)  # for an answer that the server gives without Django
        # Not unbound afterwards: a stream's generator runs on after this middleware, in the same context.
        clear_contextvars()
        bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        request_id = request_id_of(request)
        response["X-Request-ID"] = request_id
        if alias := longest_root(request.path_info, settings.REQUEST_ID_HEADERS):
            response[settings.REQUEST_ID_HEADERS[alias]] = request_id
        if response.status_code >= 400 and not response.streaming and is_api(request.path_info):
            _replace_page(request, response)
        return response


def _replace_page(request: HttpRequest, response: HttpResponseBase) -> None:
    if not response.get("Content-Type", "").startswith("application/json"):
        response.content = as_json(ApiError(response.status_code), request)  # type: ignore[attr-defined]
        response["Content-Type"] = "application/json"
        response["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]


class SecurityHeadersMiddleware(_Middleware):
    """Adds what Django's SecurityMiddleware adds, by its own code, without the thread hop that it costs under ASGI.

    For the API's chain; `check --deploy` looks for Django's own class in MIDDLEWARE.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._django = SecurityMiddleware(get_response)

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """The redirect to https, when SECURE_SSL_REDIRECT is set."""
        return self._django.process_request(request)

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return self._django.process_response(request, response)  # type: ignore[arg-type]  # only headers are set


class AllowedHostMiddleware(_Middleware):
    """Refuses a host outside ALLOWED_HOSTS, as CommonMiddleware does in the pages' chain."""

    def before(self, request: HttpRequest) -> None:
        request.get_host()  # raises DisallowedHost, which Django answers with a 400


class ApiErrorsMiddleware(_Middleware):
    """Converts exceptions of views to JSON errors, except under PAGES. Answers requests whose body was left unread."""

    def before(self, request: HttpRequest) -> HttpResponse | None:
        error = unread_reason(request)
        if error is None or error.status in (404, 405):  # those the resolver and the view answer better
            return None
        if is_api(request.path_info):
            return error_response(request, error)
        return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook for an exception that a view raised. None leaves it to Django."""
        return error_response(request, exception) if is_api(request.path_info) else None


class ActingUserMiddleware(_Middleware):
    """Names the session's user as the author of what this request changes. Comes after the authentication."""

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        act_as_user_of(request)
        return None

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        nobody_acts()
        return response
