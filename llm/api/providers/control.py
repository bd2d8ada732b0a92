"""Operators' actions on a provider over HTTP, all at one address."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from llm.api.health.serializers import ProviderStatusSerializer
from llm.api.health.views import provider_json
from llm.core.circuit.override import Action
from llm.models import Wallet
from llm.services.access.consumers import Consumer
from llm.services.access.rights import OPERATE, Right, may
from llm.services.control import MAX_REASON, apply_action
from web.openapi import RULES, errors, example, in_path
from web.rest.permissions import needs
from web.rest.views import StrictView
from web.serializers import StrictSerializer, validated

LONGEST_S = 366 * 86_400
PAST = "Must lie in the future."
TOO_FAR = "Must lie within a year; leave it out for ever."
BOTH = "Give for_s or until, not both."
NO_DURATION = "has no duration."


class ControlSerializer(StrictSerializer):
    """The action, its reason, and the duration of a mode."""

    action = serializers.ChoiceField(choices=[str(action) for action in Action])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=MAX_REASON)
    for_s = serializers.FloatField(
        required=False, min_value=1, max_value=LONGEST_S, help_text="Seconds. Without it and `until`: until released."
    )
    until = serializers.DateTimeField(
        required=False, default_timezone=UTC, help_text="ISO 8601, in UTC unless it says otherwise."
    )

    def validate_for_s(self, seconds: float) -> float:
        if not math.isfinite(seconds):
            raise serializers.ValidationError("Must be a finite number.")
        return seconds

    def validate_until(self, until: datetime) -> datetime:
        now = timezone.now()
        if until <= now:
            raise serializers.ValidationError(PAST)
        if until > now + timedelta(seconds=LONGEST_S):
            raise serializers.ValidationError(TOO_FAR)
        return until

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "for_s" in attrs and "until" in attrs:
            raise serializers.ValidationError({"until": [BOTH]})
        for name in ("for_s", "until"):
            if name in attrs and not Action(attrs["action"]).lasts:
                raise serializers.ValidationError({name: [f"{attrs['action']} {NO_DURATION}"]})
        if "for_s" in attrs:
            attrs["until"] = timezone.now() + timedelta(seconds=attrs["for_s"])
        return attrs


class ControlView(StrictView):
    """Disable, drain, force open or closed, release, reset, probe.

    Each action is recorded as an event with the user's name.
    """

    permission_classes = [needs(*OPERATE)]

    @extend_schema(
        operation_id="providers_control",
        summary="Take a provider out, hold it in, release, reset or probe it",
        tags=["providers"],
        request=ControlSerializer,
        parameters=[in_path("name", "claude")],
        examples=example({"action": "probe", "reason": "after a look at its status page"}),
        responses={200: ProviderStatusSerializer, **errors(400, 401, 403, 404, 413, 415)},
        extensions={RULES: [PAST, TOO_FAR, BOTH, f"… {NO_DURATION}"]},
    )
    def post(self, request: Request, name: str) -> Response:
        order = validated(ControlSerializer, request.data)
        status = apply_action(
            name,
            Action(order["action"]),
            reason=order.get("reason", ""),
            until=order.get("until"),
            by=request.user.get_username(),
        )
        return Response(
            provider_json(status, money=isinstance(request.auth, Consumer) and may(request.auth, Right.VIEW, Wallet))
        )
