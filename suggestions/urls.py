"""Mounted at /api/ai-suggestions/."""

from suggestions.views import generate
from web.endpoint import with_optional_slash

urlpatterns = [*with_optional_slash("generate", generate, "suggestions-generate")]
