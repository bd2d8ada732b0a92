"""Reconciliations as JSON. Money is decimal strings."""

from typing import Any

from rest_framework import serializers

from llm.core.reconcile.causes import Cause
from llm.models import Reconciliation


class DifferenceSerializer(serializers.Serializer[Any]):
    """What one cause explains. Positive: the vendor has more."""

    cause = serializers.ChoiceField(choices=[str(cause) for cause in Cause])
    model = serializers.CharField()
    tier = serializers.CharField(help_text="Empty: the default tier.")
    usd = serializers.CharField()
    tokens = serializers.DictField(child=serializers.IntegerField())
    requests = serializers.IntegerField(allow_null=True, help_text="null: unknown.")
    detail = serializers.CharField(help_text="The tier that we recorded, the key, or the ratio of prices.")


class ReconciliationSerializer(serializers.ModelSerializer[Reconciliation]):
    """One UTC day of one account."""

    share = serializers.FloatField(help_text="How much of the day's money the sides do not agree on, from 0.")
    differences = DifferenceSerializer(many=True)

    class Meta:
        model = Reconciliation
        fields = [
            "account", "day", "at", "source", "ours_usd", "theirs_usd", "unexplained_usd", "share", "differences",
        ]  # fmt: skip


class ReconciliationPageSerializer(serializers.Serializer[Any]):
    """For the schema: a page."""

    reconciliations = ReconciliationSerializer(many=True)
    next = serializers.URLField(allow_null=True)
