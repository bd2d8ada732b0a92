"""The views of the OpenAPI schema and of its page. Both need credentials."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http.response import HttpResponseBase
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAcceptable, NotAuthenticated
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from web.rest import auth_schema  # noqa: F401  registers how authentication appears in the schema
from web.rest.views import MethodsFirst, exception_handler


@extend_schema(exclude=True)
class SchemaView(MethodsFirst, SpectacularAPIView):
    """OpenAPI 3.1 as JSON, or as YAML with `?format=yaml`."""

    permission_classes = [IsAuthenticated]
    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable:
            return super().perform_content_negotiation(request, force=True)


@extend_schema(exclude=True)
class DocsView(MethodsFirst, SpectacularSwaggerSplitView):
    """Swagger's page, and with `?script` its script; all its files come from this server."""

    permission_classes = [IsAuthenticated]
    renderer_classes = [TemplateHTMLRenderer]
    url_name = "schema"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.renderer_classes[0]()
        return renderer, renderer.media_type

    def get_exception_handler(self) -> Any:
        return _sign_in_or_json


def _sign_in_or_json(exception: Exception, context: dict[str, Any]) -> HttpResponseBase:
    """Sends a browser without a session to the sign-in page, and from there back; others get the error as JSON."""
    request = context["request"]
    is_browser = "text/html" in request.headers.get("Accept", "") and "Authorization" not in request.headers
    if isinstance(exception, NotAuthenticated) and is_browser:
        return redirect_to_login(request.get_full_path())
    return _as_json(exception, context)


def _as_json(exception: Exception, context: dict[str, Any]) -> Response:
    request = context["request"]
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return exception_handler(exception, context)
