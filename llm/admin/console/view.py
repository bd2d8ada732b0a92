"""What the console's views share: the right that a page needs, and the page's frame."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from llm.services.access.rights import Right, may

View = Callable[..., HttpResponseBase]


def page_of(model: type[Model]) -> Callable[[View], View]:
    """A view for signed-in staff who may view the model, by GET and HEAD only; PermissionDenied for others."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, Right.VIEW, model):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(require_safe(guarded))

    return decorate


def framed(request: HttpRequest, template: str, title: Any, context: dict[str, Any]) -> TemplateResponse:
    """The template inside the admin's frame: side bar, title, languages."""
    return TemplateResponse(
        request, f"admin/llm/console/{template}", {**admin.site.each_context(request), "title": title, **context}
    )
