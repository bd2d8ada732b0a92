"""The views of the OpenAPI schema and of its page. Both need credentials."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAcceptable
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
    """Swagger's page, and with `?script` its script; all its files come from this server. Errors are JSON."""

    permission_classes = [IsAuthenticated]
    renderer_classes = [TemplateHTMLRenderer]
    url_name = "schema"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.renderer_classes[0]()
        return renderer, renderer.media_type

    def get_exception_handler(self) -> Any:
        return _as_json


def _as_json(exception: Exception, context: dict[str, Any]) -> Response:
    request = context["request"]
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return exception_handler(exception, context)
