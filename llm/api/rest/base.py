"""What our DRF views share: strict JSON bodies, 405 before 401, and no browsable pages."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from web.bodies import read_bytes, read_object


class StrictJSONParser(BaseParser):
    """The same reading of JSON as the plain endpoints have."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return read_object(parser_context["request"]._request)


class MethodsFirst(APIView):
    """Says 405 before 401, as the plain endpoints do; and no OPTIONS, whose answer nobody needs."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)


class StrictView(MethodsFirst):
    """The base of our DRF views; stands before DRF's own classes."""

    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.method in ("POST", "PUT", "PATCH") and not request.META.get("CONTENT_LENGTH"):
            # A chunked body has no length, and DRF takes that for an empty one.
            request.META["CONTENT_LENGTH"] = str(len(read_bytes(request)))
        return super().initialize_request(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Always JSON: a client that accepts only HTML gets JSON too, never a 406 without a body."""
        renderer = self.renderer_classes[0]()
        return renderer, renderer.media_type
