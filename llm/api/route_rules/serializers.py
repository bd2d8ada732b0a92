"""Route rules as JSON."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from llm.models import Route, RouteRule
from llm.models.rights import validate_patterns
from llm.models.route_rule import BOTH_HOURS, OWN_ROUTE, SAME_HOURS, SIZES
from web.serializers import Strict

FAULTS = tuple(map(str, (BOTH_HOURS, SAME_HOURS, SIZES, OWN_ROUTE)))
"""For the schema."""


class PatternsField(serializers.ListField):
    """A list of names that may hold * and ?."""

    child = serializers.CharField(max_length=128)
    default_validators = [validate_patterns]


class RouteRuleSerializer(Strict, serializers.ModelSerializer[RouteRule]):
    """One rule: the conditions, all of which must hold, and the route that such calls take."""

    route = serializers.SlugRelatedField(slug_field="name", queryset=Route.objects.all())
    endpoints = PatternsField(required=False)
    consumers = PatternsField(required=False)
    teams = PatternsField(required=False)
    tags = PatternsField(required=False)
    languages = PatternsField(required=False)

    class Meta:
        model = RouteRule
        fields = [
            *("name", "position", "enabled", "asked_route", "route"),
            *("endpoints", "consumers", "teams", "tags", "languages"),
            *("min_tokens", "max_tokens", "tools", "images", "from_hour", "to_hour"),
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        stored = {name: getattr(self.instance, name) for name in self.Meta.fields} if self.instance else {}
        try:
            RouteRule(**{**stored, **attrs}).clean()
        except Invalid as fault:
            raise serializers.ValidationError(fault.message_dict) from None
        return attrs


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class RouteRuleListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    rules = RouteRuleSerializer(many=True)
