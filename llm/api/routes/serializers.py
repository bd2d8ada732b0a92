"""Routes as JSON, and what one would choose now."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db import transaction
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from llm.core.routing.rules import Miss
from llm.models import Provider, Route, RouteEntry
from llm.models.provider import NO_WEIGHT, STRATEGIES
from llm.services.access.rights import Right, may
from llm.services.routes.choice import RouteChoice, choice_now_sync
from web.serializers import Strict, StrictSerializer

RESERVED = ("static", "explain")
"""The static tier, and the address below which a route would not be found."""
TAKEN = "This name is taken by a provider or reserved."
TWICE = "A provider has one place in a route."
FAULTS = (str(NO_WEIGHT), TAKEN, TWICE)
"""For the schema."""


class MemberSerializer(Strict, serializers.ModelSerializer[RouteEntry]):
    """A provider's place in the route."""

    provider = serializers.SlugRelatedField(slug_field="name", queryset=Provider.objects.all())

    class Meta:
        model = RouteEntry
        fields = ["provider", "priority", "weight", "standby", "standby_usd_per_day"]


class RankedProviderSerializer(serializers.Serializer[Any]):
    """A provider as the route would choose it now."""

    provider = serializers.CharField()
    share = serializers.FloatField(help_text="How often it would be asked first, from 0 to 1.")
    score = serializers.FloatField(
        allow_null=True,
        help_text="Weighted: its weight. Capacity: calls that its limits still take. Cost: dollars of the call. "
        "Latency: seconds. Balanced: 0 to 1. Null: unknown, or no scores.",
    )
    full = serializers.BooleanField(source="is_full", help_text="Its limits are used up, so it comes last.")
    skipped = serializers.CharField(allow_null=True, help_text="The code of the reason why it would not be asked.")
    detail = serializers.CharField(allow_blank=True)


class RouteChoiceSerializer(serializers.Serializer[Any]):
    """What a plain call would get at this moment."""

    strategy = serializers.ChoiceField(choices=STRATEGIES)
    input_tokens = serializers.IntegerField(help_text="The input of the imagined call.")
    providers = RankedProviderSerializer(many=True)


class RouteSerializer(Strict, serializers.ModelSerializer[Route]):
    """A route: how it chooses, and the limits of its calls. Without members it takes all providers."""

    members = MemberSerializer(source="entries", many=True, required=False)

    class Meta:
        model = Route
        fields = [
            "name", "description", "strategy", *Route.WEIGHTS, "sticky", "on_refusal", "deadline_s", "stream_mode",
            "live_tool_calls", "max_wait_s", "hedge", "hedge_cap_percent", "standby_below_percent", "members",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        # Records and rules go by the name, so a change cannot set it.
        fields = super().get_fields()
        fields["name"].read_only = self.instance is not None
        return fields

    def validate_name(self, name: str) -> str:
        if name in RESERVED or Provider.objects.filter(name=name).exists():
            raise serializers.ValidationError(TAKEN)
        return name

    def validate_members(self, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({member["provider"].pk for member in members}) < len(members):
            raise serializers.ValidationError(TWICE)
        return members

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Route:
        members = validated_data.pop("entries", [])
        route = super().create(validated_data)
        _place(route, members)
        return route

    @transaction.atomic
    def update(self, instance: Route, validated_data: dict[str, Any]) -> Route:
        members = validated_data.pop("entries", None)
        route = super().update(instance, validated_data)
        if members is not None:
            _place(route, members)
        return route

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("strategy", *Route.WEIGHTS)
        stored = {name: getattr(self.instance, name) for name in names} if self.instance is not None else {}
        try:
            Route(**{**stored, **{name: attrs[name] for name in names if name in attrs}}).clean()
        except Invalid as fault:
            raise serializers.ValidationError(fault.message_dict) from None
        return attrs


def _place(route: Route, members: list[dict[str, Any]]) -> None:
    """Makes these the route's chain. Places that stay keep what is not given."""
    providers = [member["provider"] for member in members]
    for entry in route.entries.exclude(provider__in=providers):
        entry.delete()
    for member in members:
        given = {name: value for name, value in member.items() if name != "provider"}
        RouteEntry.objects.update_or_create(route=route, provider=member["provider"], defaults=given)
    # The answer shows the new chain, not the one that was read with the row.
    getattr(route, "_prefetched_objects_cache", {}).pop("entries", None)


class RouteNowSerializer(RouteSerializer):
    """The route, and what it would choose now; null for who may not see providers."""

    now = serializers.SerializerMethodField()

    class Meta(RouteSerializer.Meta):
        fields = [*RouteSerializer.Meta.fields, "now"]

    @extend_schema_field(RouteChoiceSerializer(allow_null=True))
    def get_now(self, route: Route) -> Any:
        if not may(self.context["request"].user, Right.VIEW, Provider):
            return None
        choice: RouteChoice = choice_now_sync(route.name)
        return RouteChoiceSerializer(choice).data


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class RouteListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

    routes = RouteSerializer(many=True)


class DescribedRequestSerializer(StrictSerializer):
    """A request as rules see it. What is left out is none: no tag, no tools, no tokens; the hour is now."""

    route = serializers.SlugField(default="default", help_text="The route that the caller asks.")
    endpoint = serializers.CharField(default="", allow_blank=True, max_length=32)
    consumer = serializers.CharField(default="", allow_blank=True, max_length=150)
    team = serializers.CharField(default="", allow_blank=True, max_length=64)
    tags = serializers.ListField(child=serializers.CharField(max_length=64), default=list, max_length=20)
    language = serializers.ChoiceField(choices=["", "fr", "en"], default="")
    input_tokens = serializers.IntegerField(default=0, min_value=0, max_value=100_000_000)
    tools = serializers.BooleanField(default=False)
    images = serializers.BooleanField(default=False)
    hour = serializers.FloatField(required=False, min_value=0, max_value=24, help_text="In LLM_TIME_ZONE.")


class MissSerializer(serializers.Serializer[Any]):
    """For the schema: a rule that was passed over."""

    rule = serializers.CharField()
    why = serializers.ChoiceField(choices=[str(miss) for miss in Miss])


class ExplainedSerializer(serializers.Serializer[Any]):
    """For the schema: the route that the request would take."""

    route = serializers.CharField()
    rule = serializers.CharField(allow_null=True, help_text="The rule that decided; null: the route as asked.")
    misses = MissSerializer(many=True)
    deadline_s = serializers.FloatField()
    providers = serializers.ListField(child=serializers.CharField())
    static_languages = serializers.ListField(child=serializers.CharField())
