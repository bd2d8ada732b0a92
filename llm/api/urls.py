"""Addresses of the gateway's own API; included at the root, since it holds both /api and /v1."""

from django.urls import URLPattern, path

from llm.api.anthropic import views as views_anthropic
from llm.api.calls import views as views_calls
from llm.api.health import views as views_health
from llm.api.openai import views as views_openai
from llm.api.providers import control as views_control
from llm.api.providers import test_and_reset as views_operate
from llm.api.providers import views as views_providers
from web.endpoint import with_optional_slash
from web.rest import schema as views_schema

LLM = "api/llm"
PROVIDER = f"{LLM}/providers/<slug:name>"

providers = views_providers.ProviderViewSet.as_view({"get": "list", "post": "create"})
provider = views_providers.ProviderViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})

urlpatterns: list[URLPattern] = [
    *with_optional_slash("livez", views_health.livez, "livez"),
    *with_optional_slash("readyz", views_health.readyz, "readyz"),
    *with_optional_slash(f"{LLM}/health", views_health.health, "llm-health"),
    *with_optional_slash(f"{LLM}/status", views_health.status, "llm-status"),
    *with_optional_slash(f"{LLM}/providers", providers, "llm-providers"),
    *with_optional_slash(PROVIDER, provider, "llm-provider"),
    *with_optional_slash(f"{PROVIDER}/events", views_providers.ProviderEventsView.as_view(), "llm-provider-events"),
    *with_optional_slash(f"{PROVIDER}/control", views_control.ControlView.as_view(), "llm-provider-control"),
    *with_optional_slash(f"{LLM}/test", views_operate.test, "llm-test"),
    *with_optional_slash(f"{LLM}/reset-failures", views_operate.ResetView.as_view(), "llm-reset-failures"),
    *with_optional_slash(f"{LLM}/analytics", views_calls.AnalyticsView.as_view(), "llm-analytics"),
    *with_optional_slash(f"{LLM}/calls", views_calls.CallsView.as_view(), "llm-calls"),
    *with_optional_slash(f"{LLM}/calls/<uuid:pk>", views_calls.CallView.as_view(), "llm-call"),
    *with_optional_slash("v1/chat/completions", views_openai.chat_completions, "openai-chat"),
    *with_optional_slash("v1/messages", views_anthropic.messages, "anthropic-messages"),
    *with_optional_slash("v1/messages/count_tokens", views_anthropic.count_tokens, "anthropic-count-tokens"),
    *with_optional_slash("v1/models", views_openai.models, "openai-models"),
    # A vendor's model id may hold slashes; the view strips one at the end.
    path("v1/models/<path:model_id>", views_openai.one_model, name="openai-model"),
    *with_optional_slash("api/schema", views_schema.SchemaView.as_view(), "schema"),
    *with_optional_slash("api/docs", views_schema.DocsView.as_view(), "docs"),
]
