"""The screen of the call log in the admin: its rights and addresses. The pages are the console's. Read-only."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from llm.admin.base import ReadOnlyAdmin
from llm.admin.console.calls.call import call_page
from llm.admin.console.calls.page import list_page
from llm.models import Call


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return list_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request) or request.method == "POST":
            raise PermissionDenied
        return call_page(request, _call(object_id))


def _call(object_id: str) -> Call:
    try:
        return Call.objects.get(pk=UUID(object_id))
    except (ValueError, Call.DoesNotExist) as error:
        raise Http404 from error
