"""Makes plain async functions JSON endpoints: checks method, credentials and body, and answers errors.

The same for DRF's class-based views: `web.rest`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from rest_framework.serializers import Serializer

from llm.core.calls import Caller
from llm.core.consumers.rights import KeyRights
from llm.services.access.consumers import Consumer
from llm.services.access.rights import Need, Right, may
from llm.services.tracing.export import is_on as is_traced
from web.auth import CHALLENGE, SAFE_METHODS, endpoint_of, identify
from web.bodies.read import read_ahead, read_object
from web.errors import ApiError, bad_field, error_response, request_id_of
from web.headers import tags_of
from web.idempotency import answered_once, key_of
from web.serializers import validated

__all__ = ["Access", "ApiError", "RequestContext", "bad_field", "by_method", "endpoint", "with_optional_slash"]


class Access(StrEnum):
    """The credentials that an endpoint requires."""

    ANYONE = "anyone"
    AUTHENTICATED = "authenticated"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """An authorized request. `data` is the validated body, {} when the endpoint takes none."""

    request: HttpRequest
    request_id: str
    consumer: Consumer | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def user_id(self) -> int:
        """The id of the authenticated user. Raises ApiError 401 for an anonymous request."""
        if self.consumer is None:
            raise ApiError(401)
        return self.consumer.user_id

    def may(self, right: Right, model: type[Model]) -> bool:
        """Whether the caller has this right. Asks no database."""
        return self.consumer is not None and may(self.consumer, right, model)

    @property
    def rights(self) -> tuple[KeyRights, ...]:
        """The bounds of the caller's key; empty for a session."""
        return () if self.consumer is None else self.consumer.rights

    def caller(self, origin: str, tags: tuple[str, ...] = ()) -> Caller:
        """The caller, in the form that `llm.services` take, with the tags of the header and of the body's `metadata`.

        Raises ApiError 400 for tags beyond their bounds.
        """
        tags = tags_of(self.request, tags)
        if self.consumer is None:
            caller = Caller(origin=origin, request_id=self.request_id, tags=tags)
        else:
            caller = self.consumer.caller(origin=origin, request_id=self.request_id, tags=tags)
        caller = replace(caller, endpoint=endpoint_of(self.request))
        if (parent := self.request.META.get("HTTP_TRACEPARENT")) and is_traced():
            caller = replace(caller, traceparent=parent, tracestate=self.request.META.get("HTTP_TRACESTATE", ""))
        return caller


Result = HttpResponseBase | dict[str, Any]
View = Callable[..., Awaitable[HttpResponseBase]]


def endpoint(
    method: str,
    *,
    access: Access = Access.AUTHENTICATED,
    staff_need: Need | None = None,
    need: Need | None = None,
    body: type[Serializer] | None = None,
    form: bool = False,
    idempotent: bool = False,
) -> Callable[[Callable[..., Awaitable[Result]]], View]:
    """Makes `async def view(context, **url_parts)` a Django view for one method.

    The view returns a response, or a dict that becomes JSON with status 200. It raises ApiError, or an
    exception of `llm.core.exceptions`; either is answered with the contract's error. `body` is the serializer
    that validates the JSON body (`form`: or the HTML form) into `context.data`. GET answers HEAD too.
    An `idempotent` view obeys the Idempotency-Key header; its static answers must carry `X-LLM-Degraded`.
    `need` is the right that everybody needs there; `staff_need` is one that staff accounts alone need.
    Checks run in this order: method, credentials, rights, idempotency key, body.
    """

    def decorate(view: Callable[..., Awaitable[Result]]) -> View:
        @wraps(view)
        async def framed(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            async def answer() -> HttpResponseBase:
                try:
                    data = {} if body is None else validated(body, read_object(request, form=form))
                    context = RequestContext(
                        request=request, request_id=request_id_of(request), consumer=consumer, data=data
                    )
                    result = await view(context, **url_parts)
                    return JsonResponse(result) if isinstance(result, dict) else result
                except Exception as error:  # noqa: BLE001  any exception becomes the contract's error
                    return error_response(request, error)

            try:
                require_method(request, (method,))
                consumer = await _authorize(request, access, staff_need, need)
                if request.method not in SAFE_METHODS:
                    await read_ahead(request, form=form)
                if idempotent and consumer is not None and (key := key_of(request)) is not None:
                    return await answered_once(request, consumer, key, read_object(request, form=form), answer)
            except Exception as error:  # noqa: BLE001  the same
                return error_response(request, error)
            return await answer()

        framed.methods = (method,)  # type: ignore[attr-defined]
        framed.form = form  # type: ignore[attr-defined]  # for the schema
        framed.csrf_exempt = True  # type: ignore[attr-defined]  # `identify` checks the token of sessions
        return framed

    return decorate


def by_method(**views: View) -> View:
    """One view from the endpoints of an address: `by_method(GET=read, POST=create)`."""

    async def dispatch(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" and "GET" in views else request.method or ""
        try:
            require_method(request, tuple(views))
        except ApiError as error:
            return error_response(request, error)
        return await views[method](request, **url_parts)

    dispatch.methods = tuple(views)  # type: ignore[attr-defined]
    dispatch.form = any(getattr(view, "form", False) for view in views.values())  # type: ignore[attr-defined]
    dispatch.csrf_exempt = True  # type: ignore[attr-defined]
    return dispatch


def require_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    """Raises ApiError 405 with an Allow header unless the request's method is among `methods`. GET allows HEAD."""
    allowed = tuple(dict.fromkeys((*methods, "HEAD"))) if "GET" in methods else methods
    if request.method not in allowed:
        message = f"{request.method} is not allowed here; allowed: {', '.join(allowed)}."
        raise ApiError(405, message=message, headers={"Allow": ", ".join(allowed)})


def with_optional_slash(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """The routes without and with a trailing slash. Only the first has a name and stands in the schema."""
    return [path(route, view, name=name), path(f"{route}/", _undocumented(view))]


def _undocumented(view: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(view):

        @wraps(view)
        async def same(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            response: HttpResponseBase = await view(request, **url_parts)
            return response
    else:

        @wraps(view)
        def same(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            response: HttpResponseBase = view(request, **url_parts)
            return response

    same.cls = None  # type: ignore[attr-defined]  # the schema generator lists views with an APIView here
    return same


async def _authorize(
    request: HttpRequest, access: Access, staff_need: Need | None, need: Need | None
) -> Consumer | None:
    if access is Access.ANYONE:
        return None
    consumer = await identify(request)
    if consumer is None:
        raise ApiError(401, headers={"WWW-Authenticate": CHALLENGE})
    if staff_need is not None and consumer.is_staff and not may(consumer, *staff_need):
        raise ApiError(403)
    if need is not None and not may(consumer, *need):
        raise ApiError(403)
    return consumer
