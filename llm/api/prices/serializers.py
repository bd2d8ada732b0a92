"""The operators' own prices as JSON. Rates are decimal strings."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db import models
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from llm.api.dollars import DollarsField
from llm.models import ModelPrice
from llm.models.price import ENDS_FIRST, ONE_OF_BOTH, OVERLAPS
from web.serializers import Strict

FAULTS = tuple(map(str, (ONE_OF_BOTH, ENDS_FIRST, OVERLAPS)))
"""For the schema."""


class ModelPriceSerializer(Strict, serializers.ModelSerializer[ModelPrice]):
    """A price of one model in US dollars: a million tokens, a thousand searches."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: DollarsField,
    }
    version = serializers.CharField(read_only=True, help_text="As `price_version` of the attempts that it priced.")

    class Meta:
        model = ModelPrice
        fields = [
            "id", "provider", "kind", "model", "valid_from", "valid_to", "input", "output", "cache_read",
            "cache_write_5m", "cache_write_1h", "input_audio", "output_audio", "input_image", "output_image",
            "web_searches", "note", "version",
        ]  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stored = self.instance
        row = ModelPrice(pk=stored.pk) if isinstance(stored, ModelPrice) else ModelPrice()
        for field in ModelPrice._meta.concrete_fields:
            if field.name in attrs:
                setattr(row, field.name, attrs[field.name])
            elif isinstance(stored, ModelPrice):
                setattr(row, field.name, getattr(stored, field.name))
        try:
            row.clean()
        except Invalid as fault:
            raise serializers.ValidationError(fault.message_dict) from None
        return attrs


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class ModelPriceListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    prices = ModelPriceSerializer(many=True)
