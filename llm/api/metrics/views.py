"""The metrics, for Prometheus and those who read its format."""

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes

from llm.models import Call, Wallet
from llm.services.access.consumers import bearer
from llm.services.access.rights import Right, may
from llm.services.metrics.scrape import CONTENT_TYPE, scrape
from web.auth import CHALLENGE, authorization, identify
from web.endpoint import Access, RequestContext, endpoint
from web.errors import ApiError
from web.openapi import documented, operation


@documented(
    get=operation(
        "metrics",
        "Counters and gauges in Prometheus' text format",
        answers={(200, "text/plain"): OpenApiTypes.STR},
        refuses=(403,),
        tag="probes",
    )
)
@endpoint("GET", access=Access.ANYONE)
async def metrics(context: RequestContext) -> HttpResponseBase:
    """For METRICS_TOKEN as bearer, or an operator: the rights to view calls and wallets."""
    if not _bears_token(context.request):
        await _judge(context.request)
    return HttpResponse(await scrape(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _bears_token(request: HttpRequest) -> bool:
    token = bearer(authorization(request)) or ""
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())


async def _judge(request: HttpRequest) -> None:
    consumer = await identify(request)
    if consumer is None:
        raise ApiError(401, headers={"WWW-Authenticate": CHALLENGE})
    if not (may(consumer, Right.VIEW, Call) and may(consumer, Right.VIEW, Wallet)):
        raise ApiError(403)
