"""The Content-Security-Policy of the pages, by django-csp. The API's short chain sends JSON and has none."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
"""Of every page: files of this server only, and no inline script or style."""

ADMIN = {
    # Alpine.js, on which unfold is built, evaluates the expressions in its attributes.
    "script-src": [UNSAFE_EVAL],
    # unfold writes widths and heights as style attributes. A style element remains forbidden.
    "style-src-attr": [UNSAFE_INLINE],
}
"""What the admin needs beyond the policy."""


class PolicyMiddleware(CSPMiddleware):
    """Adds ADMIN to the policy below /admin."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/"):
            parts.update = {**(parts.update or {}), **ADMIN}
        return parts
