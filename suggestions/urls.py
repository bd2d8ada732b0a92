"""Mounted at /api/ai-suggestions/."""

from suggestions.views import generate
from web.endpoint import both

urlpatterns = [*both("generate", generate, "suggestions-generate")]
