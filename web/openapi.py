"""Adds plain async views to the OpenAPI schema. drf-spectacular by itself lists only class-based views."""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.views import APIView

from web.errors import MESSAGES
from web.serializers import ErrorSerializer

Operation = Callable[[Any], Any]
"""The result of `operation`: a decorator for the method that carries one operation of the schema."""

IDEMPOTENCY = (
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
        OpenApiParameter.HEADER,
        description="1 to 255 visible ASCII characters. A repeat with the same key and body gets the same answer for "
        "24 hours, and no vendor is called again.",
    ),
    OpenApiParameter(
        "Idempotent-Replayed",
        str,
        OpenApiParameter.HEADER,
        description="`true` on an answer that had been given before.",
        response=[200],
    ),
)
"""The headers of an idempotent endpoint, for `operation`'s parameters."""

EVENTS = {
    "type": "object",
    "description": "One server-sent event.",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON."}},
    "required": ["data"],
}
"""The schema of an answer that is a stream."""

RULES = "x-rules"
"""An operation's conditions that JSON Schema cannot say: the faults of their 400, word for word or up to a `…`.

`make check-api` takes a refusal for documented only when its fault stands here.
"""
REFERENCE = "x-reference"
"""The address of the document that says more of an operation's body than this schema."""


def errors(*statuses: int, shape: Any = ErrorSerializer) -> dict[int, OpenApiResponse]:
    """The error responses of an operation, for `responses`."""
    return {status: OpenApiResponse(shape, description=MESSAGES.get(status, "Refused.")) for status in statuses}


def example(body: dict[str, Any]) -> list[OpenApiExample]:
    """The body that the docs' page fills in, for `examples`. It works as it stands, on a fresh set-up."""
    return [OpenApiExample("Example", value=body, request_only=True)]


def in_path(name: str, value: str) -> OpenApiParameter:
    """A slug in an operation's address, with the value that the docs' page fills in."""
    schema = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}
    shown = [OpenApiExample("Example", value=value, parameter_only=(name, OpenApiParameter.PATH))]
    return OpenApiParameter(name, schema, OpenApiParameter.PATH, examples=shown)


def operation(
    operation_id: str,
    summary: str,
    *,
    request: Any = None,
    body: dict[str, Any] | None = None,
    answers: dict[Any, Any] | None = None,
    refuses: tuple[int, ...] = (),
    shape: Any = ErrorSerializer,
    parameters: list[Any] | None = None,
    open_to_all: bool = False,
    tag: str = "llm",
    rules: Sequence[str] = (),
    reference: str = "",
) -> Operation:
    """One operation of the schema. `answers` are its successes, `refuses` its error statuses; see RULES, REFERENCE.

    `body` is the example of a request: see `example`.
    """
    common = () if open_to_all else (401,)
    extensions = {name: value for name, value in ((RULES, list(rules)), (REFERENCE, reference)) if value}
    decorate: Operation = extend_schema(
        operation_id=operation_id,
        summary=summary,
        tags=[tag],
        request=request,
        responses={**(answers or {}), **errors(*common, *refuses, shape=shape)},
        parameters=parameters or [],
        auth=[] if open_to_all else None,
        extensions=extensions,
        examples=None if body is None else example(body),
    )
    return decorate


def documented(**operations: Operation) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Attaches a schema to a plain view: `documented(get=operation(...), post=operation(...))`.

    The generator instantiates `view.cls`. Requests go to the view itself.
    """

    def attach(view: Callable[..., Any]) -> Callable[..., Any]:
        methods = {name: decorate(_placeholder(name, view.__doc__)) for name, decorate in operations.items()}
        parsers = [JSONParser, FormParser] if getattr(view, "form", False) else [JSONParser]
        name = f"{getattr(view, '__name__', 'view')}_schema"
        view.cls = type(name, (APIView,), {**methods, "parser_classes": parsers})  # type: ignore[attr-defined]
        view.initkwargs = {}  # type: ignore[attr-defined]
        return view

    return attach


def _placeholder(name: str, description: str | None) -> Callable[..., None]:
    def method(self: APIView, request: Any, **parts: Any) -> None:
        raise NotImplementedError("it only carries the schema")

    method.__name__, method.__doc__ = name, description
    return method
