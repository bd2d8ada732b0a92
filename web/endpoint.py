"""The frame of plain async JSON endpoints: method, identity, body and errors, so that views only do their work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from rest_framework.serializers import Serializer

from llm.core.calls import Caller
from llm.services.consumers import Consumer
from web.auth import identify, no_credentials
from web.bodies import read_object
from web.errors import ApiError, bad_field, error_response, request_id_of, validation_error
from web.idempotency import answered_once, key_of

__all__ = ["Access", "ApiError", "RequestContext", "bad_field", "by_method", "endpoint", "with_optional_slash"]


class Access(StrEnum):
    """Who may call an endpoint."""

    ANYONE = "anyone"
    AUTHENTICATED = "authenticated"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """A request that has been let in. `data` is the validated body, {} when the endpoint takes none."""

    request: HttpRequest
    request_id: str
    consumer: Consumer | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def user_id(self) -> int:
        """The user on whose behalf the request acts; only where somebody is authenticated."""
        if self.consumer is None:
            raise ApiError(401)
        return self.consumer.user_id

    def caller(self, origin: str) -> Caller:
        """The caller for `llm.services`."""
        if self.consumer is None:
            return Caller(origin=origin, request_id=self.request_id)
        return self.consumer.caller(origin=origin, request_id=self.request_id)


Answered = HttpResponseBase | dict[str, Any]
View = Callable[..., Awaitable[HttpResponseBase]]


def endpoint(
    method: str,
    *,
    who: Access = Access.AUTHENTICATED,
    body: type[Serializer] | None = None,
    form: bool = False,
    idempotent: bool = False,
) -> Callable[[Callable[..., Awaitable[Answered]]], View]:
    """Makes `async def view(visit, **url_parts)` a Django view for one method.

    The view returns a response, or a dict that becomes JSON with status 200. It raises ApiError, or
    an exception of `llm.core.exceptions`, and the contract's error goes out. `body` is the serializer
    that validates the JSON body (`form`: or the HTML form) into `visit.data`. GET answers HEAD too.
    An `idempotent` view heeds the Idempotency-Key header; its static answers must say so in `X-LLM-Degraded`.
    The order of things is method, identity, rights, key, body.
    """

    def decorate(view: Callable[..., Awaitable[Answered]]) -> View:
        @wraps(view)
        async def framed(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            async def answer() -> HttpResponseBase:
                try:
                    visit = _visit(request, consumer, body, form)
                    found = await view(visit, **parts)
                    return JsonResponse(found) if isinstance(found, dict) else found
                except Exception as error:  # noqa: BLE001  whatever it is, the caller gets the contract's error
                    return error_response(request, error)

            try:
                allow(request, (method,))
                consumer = await _authorize(request, who)
                if idempotent and consumer is not None and (key := key_of(request)) is not None:
                    return await answered_once(request, consumer, key, read_object(request, form=form), answer)
            except Exception as error:  # noqa: BLE001  the same
                return error_response(request, error)
            return await answer()

        framed.methods = (method,)  # type: ignore[attr-defined]
        framed.form = form  # type: ignore[attr-defined]  # for the schema
        framed.csrf_exempt = True  # type: ignore[attr-defined]  # sessions are checked by `identify`
        return framed

    return decorate


def by_method(**views: View) -> View:
    """One view out of several endpoints of the same address: `by_method(GET=read, POST=create)`."""

    async def dispatch(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" and "GET" in views else request.method or ""
        try:
            allow(request, tuple(views))
        except ApiError as error:
            return error_response(request, error)
        return await views[method](request, **parts)

    dispatch.methods = tuple(views)  # type: ignore[attr-defined]
    dispatch.form = any(getattr(view, "form", False) for view in views.values())  # type: ignore[attr-defined]
    dispatch.csrf_exempt = True  # type: ignore[attr-defined]
    return dispatch


def allow(request: HttpRequest, methods: tuple[str, ...]) -> None:
    """Raises ApiError 405 with an Allow header unless the request's method is among `methods`."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods
    if request.method not in allowed:
        message = f"{request.method} is not allowed here; allowed: {', '.join(allowed)}."
        raise ApiError(405, message=message, headers={"Allow": ", ".join(allowed)})


def with_optional_slash(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """The address without and with a trailing slash; only the first is named and documented."""
    return [path(route, view, name=name), path(f"{route}/", _twin(view))]


def _twin(view: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(view):

        @wraps(view)
        async def twin(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            response: HttpResponseBase = await view(request, **parts)
            return response
    else:

        @wraps(view)
        def twin(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            response: HttpResponseBase = view(request, **parts)
            return response

    twin.cls = None  # type: ignore[attr-defined]  # the schema generator lists what has an APIView here
    return twin


async def _authorize(request: HttpRequest, who: Access) -> Consumer | None:
    if who is Access.ANYONE:
        return None
    consumer = await identify(request)
    if consumer is None:
        raise no_credentials()
    if who is Access.ADMIN and not consumer.is_staff:
        raise ApiError(403)
    return consumer


def _visit(
    request: HttpRequest, consumer: Consumer | None, body: type[Serializer] | None, form: bool
) -> RequestContext:
    data: dict[str, Any] = {}
    if body is not None:
        data = _validated(body, read_object(request, form=form))
    return RequestContext(request=request, request_id=request_id_of(request), consumer=consumer, data=data)


def _validated(body: type[Serializer], given: dict[str, Any]) -> dict[str, Any]:
    serializer = body(data=given)
    if not serializer.is_valid():
        raise validation_error(serializer.errors)
    return dict(serializer.validated_data)
