"""Two thin middlewares: every answer bears a request id, and no answer of the API is ever an HTML page."""

import re
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from llm.ids import uuid7
from web.errors import ANTHROPIC_ROOT, ApiError, as_json, error_response, is_under

SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""A caller's request id that may go into logs, rows and headers as it is."""

PAGES = ("/admin", "/static")
"""Where people with browsers are; everywhere else programs are, and get JSON."""

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def is_api(path: str) -> bool:
    """Whether errors at this path must be JSON."""
    return not any(path == page or path.startswith(f"{page}/") for page in PAGES)


class _Around:
    """A middleware that works before and after, under both sync and async handlers, without a thread hop."""

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
        self.before(request)
        return self.after(request, self.get_response(request))  # type: ignore[arg-type]  # sync here

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        self.before(request)
        return self.after(request, await self.get_response(request))  # type: ignore[misc]  # async here

    def before(self, request: HttpRequest) -> None:
        """What is done with the request."""

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """What is done with the response."""
        return response


class RequestIdMiddleware(_Around):
    """The outermost: gives each request its id and sees every answer last.

    The id is the caller's `X-Request-ID` when sane, else a new one; it stands in logs and in the
    answer. An error that left an inner layer as Django's own page (no such address, a bad host, an
    oversized body) gets the contract's body here, and keeps its other headers.
    """

    def before(self, request: HttpRequest) -> None:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = given if SANE_ID.fullmatch(given) else str(uuid7())  # type: ignore[attr-defined]
        # Not unbound afterwards: a stream's generator runs on after this middleware, in the same context.
        clear_contextvars()
        bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        if is_under(request.path_info, ANTHROPIC_ROOT):
            response["request-id"] = request.request_id  # type: ignore[attr-defined]  # as Anthropic's clients call it
        if response.status_code >= 400 and not response.streaming and is_api(request.path_info):
            _without_page(request, response)
        return response


def _without_page(request: HttpRequest, response: HttpResponseBase) -> None:
    if not response.get("Content-Type", "").startswith("application/json"):
        response.content = as_json(ApiError(response.status_code), request)  # type: ignore[attr-defined]
        response["Content-Type"] = "application/json"
        response["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]


class ApiErrorsMiddleware(_Around):
    """Turns what a view raises outside the admin into the contract's JSON, before Django makes a page of it."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook for an exception that a view let through."""
        return error_response(request, exception) if is_api(request.path_info) else None
