"""The bases of our DRF views: strict JSON bodies, 405 before 401, JSON errors, and no browsable pages."""

from typing import Any

import orjson
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from llm.services.access.audit import act_as_consumer, nobody_acts
from llm.services.access.consumers import Consumer
from web.bodies.read import read_bytes, read_object
from web.endpoint import require_method
from web.errors import body_of, logged_api_error


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: the same errors as `web.errors.error_response`."""
    request = context["request"]._request
    error = logged_api_error(request, exception)
    response = Response(body_of(error, request), status=error.status, headers=error.headers)
    response.exception = True
    return response


class StrictJSONParser(BaseParser):
    """Reads JSON as the plain endpoints do."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return read_object(parser_context["request"]._request)


class FastJSONRenderer(JSONRenderer):
    """For long answers: a tenth of the time."""

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class MethodsFirst(APIView):
    """Checks the method before the credentials, as the plain endpoints do. OPTIONS is refused."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        require_method(request._request, tuple(self.allowed_methods))
        super().initial(request, *args, **kwargs)
        act_as_consumer(request.auth if isinstance(request.auth, Consumer) else None)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        nobody_acts()
        return super().finalize_response(*args, **kwargs)


class StrictView(MethodsFirst):
    """The base of views that read and write JSON. Comes before DRF's own classes."""

    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.method in ("POST", "PUT", "PATCH") and not request.META.get("CONTENT_LENGTH"):
            # A chunked body has no length, and DRF takes that for an empty one.
            request.META["CONTENT_LENGTH"] = str(len(read_bytes(request)))
        return super().initialize_request(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Always JSON. A client that accepts only HTML would else get a 406 without a body."""
        renderer = self.renderer_classes[0]()
        return renderer, renderer.media_type
