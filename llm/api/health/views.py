"""Is it well? For load balancers, orchestrators and people; none of these calls a vendor."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponseBase, JsonResponse
from rest_framework import serializers

from llm.api.health.serializers import HealthSerializer, ReadySerializer, StatusSerializer
from llm.services.readiness import readiness
from llm.services.status import ProviderStatus, current_status, health_summary
from web.endpoint import Access, RequestContext, endpoint
from web.openapi import documented, operation

NO_STORE = {"Cache-Control": "no-store"}


class AliveSerializer(serializers.Serializer):
    """For the schema: the answer of /livez."""

    status = serializers.CharField()


@documented(
    get=operation(
        "health", "Can anybody answer?", answers={200: HealthSerializer, 503: HealthSerializer}, open_to_all=True
    )
)
@endpoint("GET", access=Access.ANYONE)
async def health(visit: RequestContext) -> HttpResponseBase:
    """From memory; 503 when no provider can answer."""
    summary = await health_summary()
    shown = {
        "status": summary.status,
        "active_providers": summary.active_providers,
        "total_providers": summary.total_providers,
    }
    return _quietly(shown, well=summary.status != "unavailable")


@documented(get=operation("livez", "The process runs", answers={200: AliveSerializer}, open_to_all=True, tag="probes"))
@endpoint("GET", access=Access.ANYONE)
async def livez(visit: RequestContext) -> HttpResponseBase:
    """The event loop turns: nothing else is asked, so that a database's trouble restarts nobody."""
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
async def readyz(visit: RequestContext) -> HttpResponseBase:
    """503 with the reasons while something is missing."""
    checks = await readiness()
    ready = all(check.ok for check in checks)
    shown = {
        "status": "ready" if ready else "not ready",
        "checks": {check.name: "ok" if check.ok else check.reason for check in checks},
    }
    return _quietly(shown, well=ready)


def _quietly(shown: dict[str, Any], *, well: bool) -> HttpResponseBase:
    """A 503 here is an answer, not a fault: Django shall not log one at each asking of a load balancer."""
    response = JsonResponse(shown, status=200 if well else 503, headers=NO_STORE)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@documented(get=operation("llm_status", "Every provider's state, live", answers={200: StatusSerializer}))
@endpoint("GET")
async def status(visit: RequestContext) -> dict[str, Any]:
    """Circuits, success rates, latencies and last errors; what is unknown is null."""
    found = await current_status()
    return {
        "status": found.status,
        "providers": [provider_json(provider) for provider in found.providers],
        "chain": list(found.chain),
        "alone_since": found.offline_since,
    }


def provider_json(one: ProviderStatus) -> dict[str, Any]:
    """One provider as status and control show it."""
    error, held = one.last_error, one.override
    return {
        "name": one.name,
        "kind": one.kind,
        "model": one.model,
        "priority": one.priority,
        "enabled": one.enabled,
        "state": one.state,
        "available": one.available,
        "reason": one.reason,
        "detail": one.detail,
        "since": one.since,
        "retry_at": one.retry_at,
        "success_rate": one.success_rate,
        "window": asdict(one.window),
        "consecutive_failures": one.consecutive_failures,
        "latency_ms": asdict(one.latency_ms),
        "last_success_at": one.last_success_at,
        "last_error": error
        and {
            "class": error.error_class,
            "http_status": error.http_status,
            "message": error.message,
            "at": error.at,
        },
        "override": held
        and {
            "mode": str(held.mode),
            "reason": held.reason,
            "by": held.by,
            "at": held.at,
            "until": held.until,
        },
    }
