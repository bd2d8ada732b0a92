"""Spending rules as JSON. Sums of money are decimal strings."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db import models
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from llm.api.dollars import DollarsField
from llm.models import SpendingRule
from llm.models.spending import NEEDS_FACTOR, NO_FACTOR
from web.serializers import Strict

FAULTS = tuple(map(str, (NEEDS_FACTOR, NO_FACTOR)))
"""For the schema."""


class SpendingRuleSerializer(Strict, serializers.ModelSerializer[SpendingRule]):
    """One rule: a day's or month's sum, or an hour's jump, of all calls or those of a provider or route."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: DollarsField,
    }

    class Meta:
        model = SpendingRule
        fields = ["name", "watch", "provider", "route", "limit_usd", "factor", "enabled"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stored = self.instance
        given = {name: getattr(stored, name) for name in ("watch", "factor")} if stored else {}
        given |= {name: attrs[name] for name in ("watch", "factor") if name in attrs}
        try:
            SpendingRule(**given).clean()
        except Invalid as fault:
            raise serializers.ValidationError(fault.message_dict) from None
        return attrs


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class SpendingRuleListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    rules = SpendingRuleSerializer(many=True)
