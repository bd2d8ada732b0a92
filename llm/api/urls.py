"""Addresses of the gateway's own API; included at the root, since it holds both /api and /v1."""

from django.urls import URLPattern, path

from llm.api.anthropic import views as views_anthropic
from llm.api.calls import views as views_calls
from llm.api.health import views as views_health
from llm.api.openai import views as views_openai
from llm.api.providers import control as views_control
from llm.api.providers import test_and_reset as views_operate
from llm.api.providers import views as views_providers
from llm.api.rest import schema as views_schema
from web.endpoint import both

LLM = "api/llm"
PROVIDER = f"{LLM}/providers/<slug:name>"

providers = views_providers.ProviderViewSet.as_view({"get": "list", "post": "create"})
provider = views_providers.ProviderViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})

urlpatterns: list[URLPattern] = [
    *both("livez", views_health.livez, "livez"),
    *both("readyz", views_health.readyz, "readyz"),
    *both(f"{LLM}/health", views_health.health, "llm-health"),
    *both(f"{LLM}/status", views_health.status, "llm-status"),
    *both(f"{LLM}/providers", providers, "llm-providers"),
    *both(PROVIDER, provider, "llm-provider"),
    *both(f"{PROVIDER}/events", views_providers.ProviderEventsView.as_view(), "llm-provider-events"),
    *both(f"{PROVIDER}/control", views_control.ControlView.as_view(), "llm-provider-control"),
    *both(f"{LLM}/test", views_operate.test, "llm-test"),
    *both(f"{LLM}/reset-failures", views_operate.ResetView.as_view(), "llm-reset-failures"),
    *both(f"{LLM}/analytics", views_calls.AnalyticsView.as_view(), "llm-analytics"),
    *both(f"{LLM}/calls", views_calls.CallsView.as_view(), "llm-calls"),
    *both(f"{LLM}/calls/<uuid:pk>", views_calls.CallView.as_view(), "llm-call"),
    *both("v1/chat/completions", views_openai.chat_completions, "openai-chat"),
    *both("v1/messages", views_anthropic.messages, "anthropic-messages"),
    *both("v1/messages/count_tokens", views_anthropic.count_tokens, "anthropic-count-tokens"),
    *both("v1/models", views_openai.models, "openai-models"),
    # A vendor's model id may hold slashes; the view strips one at the end.
    path("v1/models/<path:model_id>", views_openai.one_model, name="openai-model"),
    *both("api/schema", views_schema.SchemaView.as_view(), "schema"),
    *both("api/docs", views_schema.DocsView.as_view(), "docs"),
]
