"""URLs of the gateway's API. Included at the root, since it serves /api and /v1."""

from typing import Any

from django.urls import URLPattern, path

from llm.api.analytics import views as analytics
from llm.api.anthropic import views as anthropic
from llm.api.audit.views import AuditView
from llm.api.budgets.views import BudgetViewSet, LimitViewSet
from llm.api.calls import export
from llm.api.calls import views as calls
from llm.api.catalogue import views as catalogue
from llm.api.health import views as health
from llm.api.keys.base import HolderViewSet
from llm.api.keys.views import ConsumerViewSet, KeyViewSet, TeamViewSet
from llm.api.metrics import views as metrics
from llm.api.openai import views as openai
from llm.api.prices.views import ModelPriceViewSet
from llm.api.providers import test_and_reset
from llm.api.providers.control import ControlView
from llm.api.providers.views import ProviderEventsView, ProviderViewSet
from llm.api.reconciliations.views import ReconciliationsView
from llm.api.route_rules.views import RouteRuleViewSet
from llm.api.routes import views as routes
from llm.api.routes.views import RouteViewSet
from llm.api.spending.views import SpendingRuleViewSet
from llm.api.wallets import views as wallets
from web.endpoint import with_optional_slash
from web.rest.schema import DocsView, SchemaView

LLM = "api/llm"
WALLET = f"{LLM}/wallets/<slug:account>"
PROVIDER = f"{LLM}/providers/<slug:name>"

providers = ProviderViewSet.as_view({"get": "list", "post": "create"})
provider = ProviderViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})
prices = ModelPriceViewSet.as_view({"get": "list", "post": "create"})
rules = SpendingRuleViewSet.as_view({"get": "list", "post": "create"})
rule = SpendingRuleViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})
price = ModelPriceViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})


def _rows(viewset: type[HolderViewSet]) -> Any:
    return viewset.as_view({"get": "list", "post": "create"})


def _row(viewset: type[HolderViewSet]) -> Any:
    return viewset.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})


MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns: list[URLPattern] = [
    *with_optional_slash("livez", health.livez, "livez"),
    *with_optional_slash("readyz", health.readyz, "readyz"),
    *with_optional_slash("metrics", metrics.metrics, "metrics"),
    *with_optional_slash(f"{LLM}/health", health.health, "llm-health"),
    *with_optional_slash(f"{LLM}/status", health.status, "llm-status"),
    *with_optional_slash(f"{LLM}/providers", providers, "llm-providers"),
    *with_optional_slash(PROVIDER, provider, "llm-provider"),
    *with_optional_slash(f"{PROVIDER}/events", ProviderEventsView.as_view(), "llm-provider-events"),
    *with_optional_slash(f"{PROVIDER}/control", ControlView.as_view(), "llm-provider-control"),
    *with_optional_slash(f"{LLM}/routes", RouteViewSet.as_view(MANY), "llm-routes"),
    *with_optional_slash(f"{LLM}/routes/explain", routes.explain, "llm-routes-explain"),
    *with_optional_slash(f"{LLM}/routes/<slug:name>", RouteViewSet.as_view(ONE), "llm-route"),
    *with_optional_slash(f"{LLM}/catalogue", catalogue.catalogue, "llm-catalogue"),
    *with_optional_slash(f"{LLM}/catalogue/<slug:preset>/models", catalogue.models, "llm-catalogue-models"),
    *with_optional_slash(f"{LLM}/catalogue/<slug:preset>/test", catalogue.test, "llm-catalogue-test"),
    *with_optional_slash(f"{LLM}/catalogue/<slug:preset>/providers", catalogue.add, "llm-catalogue-add"),
    *with_optional_slash(f"{LLM}/model-lists", catalogue.model_lists, "llm-model-lists"),
    *with_optional_slash(f"{LLM}/prices", prices, "llm-prices"),
    *with_optional_slash(f"{LLM}/prices/<uuid:price_id>", price, "llm-price"),
    *with_optional_slash(f"{LLM}/test", test_and_reset.test, "llm-test"),
    *with_optional_slash(f"{LLM}/reset-failures", test_and_reset.ResetView.as_view(), "llm-reset-failures"),
    *with_optional_slash(f"{LLM}/reconciliations", ReconciliationsView.as_view(), "llm-reconciliations"),
    *with_optional_slash(f"{LLM}/spending-rules", rules, "llm-spending-rules"),
    *with_optional_slash(f"{LLM}/spending-rules/<slug:name>", rule, "llm-spending-rule"),
    *with_optional_slash(f"{LLM}/route-rules", RouteRuleViewSet.as_view(MANY), "llm-route-rules"),
    *with_optional_slash(f"{LLM}/route-rules/<slug:name>", RouteRuleViewSet.as_view(ONE), "llm-route-rule"),
    *with_optional_slash(f"{LLM}/analytics", analytics.AnalyticsView.as_view(), "llm-analytics"),
    *with_optional_slash(f"{LLM}/analytics/export", analytics.ExportView.as_view(), "llm-analytics-export"),
    *with_optional_slash(f"{LLM}/calls/export", export.CallsExportView.as_view(), "llm-calls-export"),
    *with_optional_slash(f"{LLM}/wallets", wallets.WalletsView.as_view(), "llm-wallets"),
    *with_optional_slash(WALLET, wallets.WalletView.as_view(), "llm-wallet"),
    *with_optional_slash(f"{WALLET}/topup", wallets.topup, "llm-wallet-topup"),
    *with_optional_slash(f"{WALLET}/declare", wallets.declared, "llm-wallet-declare"),
    *with_optional_slash(f"{LLM}/calls", calls.CallsView.as_view(), "llm-calls"),
    *with_optional_slash(f"{LLM}/calls/<uuid:pk>", calls.CallView.as_view(), "llm-call"),
    *with_optional_slash(f"{LLM}/audit", AuditView.as_view(), "llm-audit"),
    *with_optional_slash(f"{LLM}/teams", _rows(TeamViewSet), "llm-teams"),
    *with_optional_slash(f"{LLM}/teams/<slug:name>", _row(TeamViewSet), "llm-team"),
    *with_optional_slash(f"{LLM}/consumers", _rows(ConsumerViewSet), "llm-consumers"),
    *with_optional_slash(f"{LLM}/consumers/<uuid:pk>", _row(ConsumerViewSet), "llm-consumer"),
    *with_optional_slash(f"{LLM}/keys", _rows(KeyViewSet), "llm-keys"),
    *with_optional_slash(f"{LLM}/keys/<uuid:pk>", _row(KeyViewSet), "llm-key"),
    *with_optional_slash(f"{LLM}/keys/<uuid:pk>/rotate", KeyViewSet.as_view({"post": "rotate"}), "llm-key-rotate"),
    *with_optional_slash(f"{LLM}/limits", LimitViewSet.as_view(MANY), "llm-limits"),
    *with_optional_slash(f"{LLM}/limits/<slug:name>", LimitViewSet.as_view(ONE), "llm-limit"),
    *with_optional_slash(f"{LLM}/budgets", BudgetViewSet.as_view(MANY), "llm-budgets"),
    *with_optional_slash(f"{LLM}/budgets/<slug:name>", BudgetViewSet.as_view(ONE), "llm-budget"),
    *with_optional_slash("v1/chat/completions", openai.chat_completions, "openai-chat"),
    *with_optional_slash("v1/messages", anthropic.messages, "anthropic-messages"),
    *with_optional_slash("v1/messages/count_tokens", anthropic.count_tokens, "anthropic-count-tokens"),
    *with_optional_slash("v1/models", openai.models, "openai-models"),
    # A vendor's model id may hold slashes. The view strips one at the end.
    path("v1/models/<path:model_id>", openai.one_model, name="openai-model"),
    *with_optional_slash("api/schema", SchemaView.as_view(), "schema"),
    *with_optional_slash("api/docs", DocsView.as_view(), "docs"),
]
