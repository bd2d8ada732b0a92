"""Errors of the API: `ApiError`, its JSON form, and the conversion of other exceptions."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.module_loading import import_string
from rest_framework import exceptions as drf

from llm.core.exceptions import (
    BudgetExceeded,
    LimitReached,
    LimitsUnavailable,
    NoAnswer,
    NotAdmitted,
    NotAllowed,
    NotChecked,
    RequestRejected,
    StreamBroken,
    UnknownModel,
    UnknownProvider,
)
from llm.core.failures.masking import mask_addresses
from llm.core.failures.policy import ErrorClass
from llm.incidents import Incident
from web.bodies.write import json_bytes

log = structlog.get_logger("web.errors")

STORE_AWAY = (OperationalError, InterfaceError, NotChecked)
database_unavailable = Incident("database_unavailable", log, level="error")
"""Requests that could not be answered without the database."""

CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    402: "budget_exceeded",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    431: "headers_too_large",
    500: "internal_error",
    502: "upstream_error",
    503: "unavailable",
}

MESSAGES = {
    400: "The request is malformed.",
    401: "Send your API key as `Authorization: Bearer <key>`, or log in.",
    402: "A budget has no room for this request.",
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This method is not allowed here.",
    406: "Only JSON is spoken here.",
    408: "The request came too slowly; the connection is closed.",
    409: "Another request is in the way.",
    413: "The request body is too large.",
    415: "Send JSON, with `Content-Type: application/json`.",
    429: "Too many requests.",
    431: "The request's headers are too many or too long.",
    500: "Something went wrong on our side; it has been logged under this request's id.",
    503: "The service cannot answer right now.",
}


class ApiError(Exception):
    """An error response.

    `code` is for programs, `message` for people. `details` is a mapping from the name of a bad
    field to its list of faults. `param` is the one bad field, where OpenAI's shape wants it.
    """

    def __init__(
        self,
        status: int,
        code: str = "",
        message: str = "",
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        *,
        param: str | None = None,
    ) -> None:
        self.status = status
        self.code = code or CODES.get(status, "error")
        self.message = message or MESSAGES.get(status, "The request failed.")
        super().__init__(f"{status} {self.code}: {self.message}")
        self.details = details
        self.headers = headers or {}
        self.param = param if param is not None else next(iter(details or ()), None)


def bad_field(name: str, fault: str) -> ApiError:
    """A 400 for one bad field."""
    return ApiError(400, "invalid_request", f"{name}: {fault}", {name: [fault]})


def retry_after(seconds: float) -> dict[str, str]:
    """The Retry-After header, in whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def request_id_of(request: HttpRequest) -> str:
    """The id that `RequestIdMiddleware` gave to the request."""
    return str(getattr(request, "request_id", ""))


def body_of(error: ApiError, request: HttpRequest) -> dict[str, Any]:
    """The error as JSON, in the format that `settings.ERROR_FORMATS` names for the request's path."""
    return body_at(request.path_info, error, request_id_of(request))


def body_at(path: str, error: ApiError, request_id: str) -> dict[str, Any]:
    """The same for a path, where there is no request object."""
    root = longest_root(path, settings.ERROR_FORMATS)
    write = import_string(settings.ERROR_FORMATS[root]) if root else own_body
    body: dict[str, Any] = write(error, request_id)
    return body


def longest_root(path: str, roots: Iterable[str]) -> str:
    """The longest of `roots` that the path lies under; "" for none."""
    return max((root for root in roots if path == root or path.startswith(f"{root}/")), key=len, default="")


def as_json(error: ApiError, request: HttpRequest) -> bytes:
    """The error's JSON as bytes."""
    return json_bytes(body_of(error, request))


def own_body(error: ApiError, request_id: str) -> dict[str, Any]:
    """The error in our own shape."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details:
        shown["details"] = error.details
    return {"error": {**shown, "request_id": request_id}}


def error_response(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The response to a request that failed with `exception`. DRF's views: `web.rest.views.exception_handler`."""
    error = logged_api_error(request, exception)
    response = JsonResponse(body_of(error, request), status=error.status, headers=error.headers)
    response._has_been_logged = error.status >= 500  # type: ignore[attr-defined]  # spares Django's second line
    return response


def logged_api_error(request: HttpRequest, exception: Exception) -> ApiError:
    """The exception as ApiError. Logs it when the fault is ours: a 5xx that no code of ours intended."""
    error = as_api_error(exception)
    if isinstance(exception, STORE_AWAY):
        database_unavailable.note(error=f"{type(exception).__name__}: {str(exception)[:200]}", path=request.path_info)
    elif error.status >= 500 and not isinstance(exception, ApiError | NoAnswer | NotAdmitted):
        log.error("request failed", path=request.path_info, method=request.method, exc_info=exception)
    return error


def as_api_error(exception: Exception) -> ApiError:
    """The exception as ApiError. Unforeseen exceptions become a 500 that shows nothing of them."""
    return next((convert(exception) for kind, convert in CONVERSIONS if isinstance(exception, kind)), ApiError(500))


def _rejected(error: RequestRejected) -> ApiError:
    # The vendor's sentence is about the caller's request, but may name the vendor's own servers.
    words = mask_addresses(str(error))
    text = words or "The provider rejected the request as invalid."
    if error.error_class is ErrorClass.CONTENT_FILTERED:
        text = f"The request was refused by the provider's content filter. {words}".strip()
    status = 422 if error.trail.attempts else 400  # without an attempt no vendor has called it invalid
    return ApiError(status, str(error.error_class), text, param=error.failure.parameter)


def _limit_reached(error: LimitReached) -> ApiError:
    wait = retry_after(error.retry_after_s)
    headers = {**wait, **rate_headers(error)}
    return ApiError(429, "rate_limit_exceeded", f"{error} Try again in {wait['Retry-After']} s.", headers=headers)


def rate_headers(error: LimitReached) -> dict[str, str]:
    """The headers of OpenAI's API; Anthropic's are written by its door."""
    unit = "tokens" if error.unit == "tokens" else "requests"
    return {
        f"x-ratelimit-limit-{unit}": str(error.cap),
        f"x-ratelimit-remaining-{unit}": str(error.left),
        f"x-ratelimit-reset-{unit}": f"{max(1, math.ceil(error.retry_after_s))}s",
    }


def _budget_exceeded(error: BudgetExceeded) -> ApiError:
    if error.renews_at is None:
        return ApiError(402, "budget_exceeded", str(error))
    renewal = f"{error.renews_at:%Y-%m-%dT%H:%M:%SZ}"
    return ApiError(402, "budget_exceeded", str(error), headers={"X-LLM-Budget-Renews": renewal})


def _from_drf(exception: drf.APIException) -> ApiError:
    match exception:
        case drf.ValidationError():
            return validation_error(exception.detail)
        case drf.Throttled():
            wait = getattr(exception, "wait", None) or 1
            message = f"Too many requests; try again in {max(1, math.ceil(wait))} s."
            return ApiError(429, "rate_limited", message, headers=retry_after(wait))
        case drf.AuthenticationFailed() | drf.NotAuthenticated():
            header = getattr(exception, "auth_header", "Bearer")
            code = "invalid_api_key" if isinstance(exception, drf.AuthenticationFailed) else "unauthenticated"
            return ApiError(401, code, str(exception.detail), headers={"WWW-Authenticate": header})
    codes = exception.get_codes()
    message = MESSAGES.get(exception.status_code, str(exception.detail))
    code = codes if exception.status_code == 403 and codes == "csrf_failed" else ""
    return ApiError(exception.status_code, str(code), str(exception.detail) if code else message)


WHOLE = "non_field_errors"
"""Django REST framework's name for the faults of a whole object."""


def validation_error(detail: Any, prefix: str = "") -> ApiError:
    """A 400 from a serializer's errors. Each bad field stands under its path, such as `messages.0.role`."""
    faults = dict(_flattened(detail, prefix))
    name, messages = next(iter(faults.items()), ("", ["Invalid."]))
    text = messages[0] if name in ("", WHOLE) else f"{name}: {messages[0]}"
    return ApiError(400, "invalid_request", text, faults)


def _flattened(detail: Any, path: str) -> list[tuple[str, list[str]]]:
    if isinstance(detail, dict):
        # Faults of a nested value as a whole are those of its field.
        paths = {key: path if key == WHOLE else f"{path}.{key}" if path else str(key) for key in detail}
        return [pair for key, value in detail.items() for pair in _flattened(value, paths[key])]
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [pair for place, item in enumerate(detail) if item for pair in _flattened(item, f"{path}.{place}")]
    messages = detail if isinstance(detail, list) else [detail]
    return [(path or WHOLE, [str(message) for message in messages])]


CONVERSIONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], ApiError]], ...] = (
    (ApiError, lambda error: error),
    (drf.APIException, _from_drf),
    (UnknownModel, lambda error: ApiError(404, "model_not_found", str(error), param="model")),
    (UnknownProvider, lambda error: ApiError(404, "provider_not_found", str(error), param="provider")),
    (RequestRejected, _rejected),
    (LimitReached, _limit_reached),
    (BudgetExceeded, _budget_exceeded),
    (LimitsUnavailable, lambda error: ApiError(503, "limits_unavailable", str(error), headers=retry_after(1))),
    (NoAnswer, lambda error: ApiError(503, "no_answer", str(error), headers=retry_after(error.retry_after_s))),
    (StreamBroken, lambda error: ApiError(502, str(error.failure.error_class), str(error))),
    (Http404, lambda _: ApiError(404)),
    (PermissionDenied, lambda _: ApiError(403)),
    (RequestDataTooBig, lambda _: ApiError(413)),
    (SuspiciousOperation, lambda _: ApiError(400, "bad_request")),
    (NotAllowed, lambda error: ApiError(403, "not_allowed", str(error), param=error.field)),
    (NotChecked, lambda error: ApiError(503, "database_unavailable", str(error), headers=retry_after(1))),
    (MultiPartParserError, lambda _: ApiError(400, "invalid_body", "The body is not the form that its header says.")),
    (
        STORE_AWAY,
        lambda _: ApiError(503, "database_unavailable", "The database cannot be reached.", headers=retry_after(1)),
    ),
)
"""Exception class -> conversion. The first match counts: RequestDataTooBig is a SuspiciousOperation."""
