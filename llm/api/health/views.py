"""Health, liveness, readiness and status. None of them calls a vendor."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from rest_framework import serializers

from llm.api.health.serializers import HealthSerializer, ReadySerializer, StatusSerializer
from llm.api.wallets.serializers import status_wallet
from llm.models import Provider, Wallet
from llm.services.access.rights import Right
from llm.services.readiness import readiness
from llm.services.status import ProviderStatus, current_status, health_summary
from web.endpoint import Access, RequestContext, endpoint
from web.openapi import documented, operation

CONSUMER_FIELDS = frozenset({"name", "model", "state", "available", "retry_at", "reason"})
"""What callers other than operators see of a provider: no address, no vendor's words, no figures."""
NO_STORE = {"Cache-Control": "no-store"}


class AliveSerializer(serializers.Serializer):
    """For the schema: the answer of /livez."""

    status = serializers.CharField()


@documented(
    get=operation(
        "health",
        "Whether any provider can answer",
        answers={200: HealthSerializer, 503: HealthSerializer},
        open_to_all=True,
    )
)
@endpoint("GET", access=Access.ANYONE)
async def health(context: RequestContext) -> HttpResponseBase:
    """From memory, without a query; 503 when no provider can answer."""
    summary = await health_summary()
    shown = {
        "status": summary.status,
        "active_providers": summary.active_providers,
        "total_providers": summary.total_providers,
    }
    return _unlogged_json(shown, well=summary.status != "unavailable")


@documented(get=operation("livez", "The process runs", answers={200: AliveSerializer}, open_to_all=True, tag="probes"))
@endpoint("GET", access=Access.ANYONE)
async def livez(context: RequestContext) -> HttpResponseBase:
    """The process answers. Checks nothing else, so that a database failure does not restart workers."""
    return JsonResponse({"status": "alive"}, headers=NO_STORE)


@documented(
    get=operation(
        "readyz",
        "The process can serve",
        answers={200: ReadySerializer, 503: ReadySerializer},
        open_to_all=True,
        tag="probes",
    )
)
@endpoint("GET", access=Access.ANYONE)
async def readyz(context: RequestContext) -> HttpResponseBase:
    """503 with the reasons while a required condition is not met; the others are named in `warnings`."""
    checks = await readiness()
    ready = all(check.ok or not check.required for check in checks)
    shown = {
        "status": "ready" if ready else "not ready",
        "checks": {check.name: "ok" if check.ok else check.reason for check in checks},
        "warnings": [check.name for check in checks if not (check.ok or check.required)],
    }
    return _unlogged_json(shown, well=ready)


def _unlogged_json(shown: dict[str, Any], *, well: bool) -> HttpResponseBase:
    """The answer; 503 unless `well`. Keeps Django from logging the 503 at every poll of a load balancer."""
    response = JsonResponse(shown, status=200 if well else 503, headers=NO_STORE)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@documented(get=operation("llm_status", "Every provider's state, live", answers={200: StatusSerializer}))
@endpoint("GET")
async def status(context: RequestContext) -> dict[str, Any]:
    """Circuits, success rates, latencies and last errors. Unknown values, and those for operators alone, are null."""
    current = await current_status()
    sees_money = context.may(Right.VIEW, Wallet)
    providers = [provider_json(provider, money=sees_money) for provider in current.providers]
    if operator := context.may(Right.VIEW, Provider):
        shown = providers
    else:
        shown = [{name: p[name] if name in CONSUMER_FIELDS else None for name in p} for p in providers]
    return {
        "status": current.status,
        "providers": shown,
        "chain": list(current.chain),
        "alone_since": current.offline_since if operator else None,
        "records_held_by": str(current.durability.hold) if operator else None,
    }


def provider_json(provider: ProviderStatus, *, money: bool) -> dict[str, Any]:
    """One provider, as status and control show it to operators. `money`: whether they may view wallets."""
    error, override = provider.last_error, provider.override
    return {
        "name": provider.name,
        "kind": provider.kind,
        "model": provider.model,
        "priority": provider.priority,
        "enabled": provider.enabled,
        "state": provider.state,
        "standing": str(provider.standing),
        "available": provider.available,
        "reason": provider.reason,
        "detail": provider.detail,
        "since": provider.since,
        "retry_at": provider.retry_at,
        "success_rate": provider.success_rate,
        "window": asdict(provider.window),
        "consecutive_failures": provider.consecutive_failures,
        "latency_ms": asdict(provider.latency_ms),
        "last_success_at": provider.last_success_at,
        "last_error": error
        and {
            "class": error.error_class,
            "http_status": error.http_status,
            "message": error.message,
            "at": error.at,
        },
        "wallet": status_wallet(provider.wallet) if money and provider.wallet else None,
        "override": override
        and {
            "mode": str(override.mode),
            "reason": override.reason,
            "by": override.by,
            "at": override.at,
            "until": override.until,
        },
    }
