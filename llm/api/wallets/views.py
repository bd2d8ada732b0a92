"""The endpoints of wallets. Reading needs the right to view wallets, telling of money that to add ledger entries."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.wallets.serializers import (
    NOT_ABOVE_ZERO,
    TOO_FINE,
    DeclareSerializer,
    TopUpSerializer,
    WalletDetailSerializer,
    WalletEntrySerializer,
    WalletListSerializer,
    WalletSerializer,
    wallet_json,
)
from llm.models import Wallet, WalletEntry
from llm.services.access.rights import Need, Right
from llm.services.wallets.entries import UnknownAccount, declare, top_up
from llm.services.wallets.state import WalletState, wallet_states
from web.bodies.read import read_object
from web.database import in_database
from web.endpoint import ApiError, RequestContext, endpoint
from web.openapi import IDEMPOTENCY, documented, errors, in_path, operation
from web.pagination import NewestFirst, PageQuerySerializer
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import validated

TELL = Need(Right.ADD, WalletEntry)
"""To record a top-up or a balance."""


class WalletsView(StrictView):
    """All accounts, by name."""

    permission_classes = [needs(Right.VIEW, Wallet)]

    @extend_schema(
        operation_id="wallets_list",
        summary="Each vendor account's money: balance, spending, hours left",
        tags=["wallets"],
        responses={200: WalletListSerializer, **errors(401, 403)},
    )
    def get(self, request: Request) -> Response:
        return Response({"wallets": [wallet_json(state) for state in wallet_states()]})


class EntryPages(NewestFirst):
    list_name = "entries"


class WalletView(StrictView):
    """One account with its ledger, newest first."""

    permission_classes = [needs(Right.VIEW, Wallet)]

    @extend_schema(
        operation_id="wallets_retrieve",
        summary="One account's money with its ledger",
        tags=["wallets"],
        parameters=[PageQuerySerializer],
        responses={200: WalletDetailSerializer, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request, account: str) -> Response:
        validated(PageQuerySerializer, request.query_params)
        states = wallet_states(account)
        if not states:
            raise ApiError(404)
        pages = EntryPages()
        rows = pages.paginate_queryset(WalletEntry.objects.filter(wallet__account=account), request, self)
        return Response({**wallet_json(states[0]), **pages.page_body(WalletEntrySerializer(rows, many=True).data)})


def _documented(
    name: str, summary: str, serializer: type[serializers.Serializer], body: dict[str, Any], **rules: Any
) -> Any:
    return documented(
        post=operation(
            name,
            summary,
            request=serializer,
            body=body,
            answers={200: WalletSerializer},
            refuses=(400, 403, 404, 409, 413, 415, 422),
            parameters=[in_path("account", "claude"), *IDEMPOTENCY],
            tag="wallets",
            **rules,
        )
    )


@_documented(
    "wallets_topup",
    "Record money that was paid in",
    TopUpSerializer,
    {"usd": "20.00", "note": "invoice 1042"},
    rules=[NOT_ABOVE_ZERO, TOO_FINE],
)
@endpoint("POST", staff_need=TELL, idempotent=True)
async def topup(context: RequestContext, account: str) -> HttpResponseBase | dict[str, Any]:
    """Adds to the counted balance. With an Idempotency-Key a repeat does not count twice."""
    return await _tell(context, account, TopUpSerializer, top_up)


@_documented("wallets_declare", "Record what the balance is now", DeclareSerializer, {"usd": "37.50"}, rules=[TOO_FINE])
@endpoint("POST", staff_need=TELL, idempotent=True)
async def declared(context: RequestContext, account: str) -> HttpResponseBase | dict[str, Any]:
    """Replaces the counted balance, and ends an unknown one."""
    return await _tell(context, account, DeclareSerializer, declare)


async def _tell(
    context: RequestContext,
    account: str,
    serializer: type[serializers.Serializer],
    record: Callable[..., WalletState],
) -> dict[str, Any]:
    if not context.may(*TELL) or context.consumer is None:  # consumers too: they need no `staff_need`
        raise ApiError(403)
    body = validated(serializer, read_object(context.request))
    usd: Decimal = body["usd"]
    try:
        state = await in_database(record)(account, usd, by=context.consumer.username, note=body.get("note", ""))
    except UnknownAccount as error:
        raise ApiError(404, message=str(error)) from None
    return wallet_json(state)
