"""The first page, at `/`: what this is, and where its parts are. For everybody; it reads no data."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from llm.conf import llm_settings


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page, in the browser's language."""
    languages = [(code, name) for code, name in settings.LANGUAGES if code != request.LANGUAGE_CODE]
    context = {
        "address": request.build_absolute_uri("/").rstrip("/"),
        "is_simulated": llm_settings().simulated,
        "languages": languages,
    }
    return render(request, "home.html", context)
