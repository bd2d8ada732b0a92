"""Limits and budgets as JSON, with their state."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from llm.models import Budget, Limit
from llm.stores.budgets.state import State, budget_state, limit_states
from web.serializers import Strict

SHARED = ("name", "scope", "target", "enabled", "created_at")
RENAMED = "It cannot be renamed: callers read its name."
FAULTS = (
    RENAMED,
    "A name is needed, except for everything.",
    "Give at least one of the three limits.",
    "Give an amount of dollars or of tokens, not both.",
    "Hours are needed for the last hours, and for no other window.",
    "A route is needed for a cheaper route, and for nothing else.",
    "A price is needed for models that you price, and for nothing else.",
    "Unknown time zone, such as Europe/Paris.",
    "budget with this name already exists.",
    "limit with this name already exists.",
)
"""Conditions that JSON Schema cannot say."""


@extend_schema_field({"oneOf": [{"type": "string", "format": "decimal"}, {"type": "number"}, {"type": "null"}]})
class DollarsField(serializers.DecimalField):
    """An amount of dollars, as a number or, to keep every digit, as text. Shown as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=14, decimal_places=6, min_value=Decimal(0), required=False, allow_null=True, **options
        )


class StateSerializer(serializers.Serializer[State]):
    """What is spent and reserved in the current window."""

    unit = serializers.CharField()
    cap = serializers.DecimalField(max_digits=20, decimal_places=9)
    spent = serializers.DecimalField(max_digits=20, decimal_places=9)
    reserved = serializers.DecimalField(max_digits=20, decimal_places=9)
    percent = serializers.IntegerField()
    renews_at = serializers.DateTimeField(allow_null=True)


class _Checked(Strict, serializers.ModelSerializer[Any]):
    """Applies the model's own checks to the whole row."""

    def validate_name(self, value: str) -> str:
        if self.instance is not None and value != self.instance.name:
            raise serializers.ValidationError(RENAMED)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        model: Any = self.Meta.model
        names = [field.name for field in model._meta.fields if field.name != "created_at"]
        values = {name: getattr(self.instance, name) for name in names} if self.instance is not None else {}
        try:
            model(**{**values, **attrs}).clean()
        except ValidationError as error:
            raise serializers.ValidationError(
                {name: [str(text) for text in texts] for name, texts in error.message_dict.items()}
            ) from error
        return attrs


class LimitSerializer(_Checked):
    """A limit, as operators write and read it."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Limit
        fields = (*SHARED, "requests_per_minute", "tokens_per_minute", "at_once", "state")
        read_only_fields = ("created_at",)

    @extend_schema_field(StateSerializer(many=True))
    def get_state(self, row: Limit) -> Any:
        states: Any = limit_states(row, timezone.now())
        return StateSerializer(states, many=True).data


class BudgetSerializer(_Checked):
    """A budget, as operators write and read it."""

    usd = DollarsField()
    unpriced_usd = DollarsField(help_text="USD a million tokens, for models without a known price.")
    state = serializers.SerializerMethodField()

    class Meta:
        model = Budget
        fields = (
            *SHARED,
            *("usd", "tokens", "span", "rolling_hours", "zone"),
            *("at_limit", "cheaper_route", "soft", "unpriced", "unpriced_usd"),
            "state",
        )
        read_only_fields = ("created_at",)

    @extend_schema_field(StateSerializer())
    def get_state(self, row: Budget) -> Any:
        return StateSerializer(budget_state(row, timezone.now())).data


@extend_schema_serializer(many=False)
class LimitListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    limits = LimitSerializer(many=True)


@extend_schema_serializer(many=False)
class BudgetListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    budgets = BudgetSerializer(many=True)
