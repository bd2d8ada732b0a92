"""Providers as JSON. The vendor's key is write-only."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from llm.core.chat.request import Capability
from llm.kinds import KINDS
from llm.models import Provider, Route
from llm.services.providers import has_key, set_api_key
from web.serializers import Strict

RESERVED = ("static",)
"""Answers and records name the static tier so."""

RENAMED = "A provider cannot be renamed: records and circuits go by its name."
TAKEN = "This name is taken by a route or by the static tier."
EXISTS = "provider with this name already exists."
UNPRINTABLE = "Must be visible ASCII characters without spaces."
NO_MODEL = "This field is required with a base_url."
ADDRESS = (
    "Must begin with https:// or http:// and name a host.",
    "Must hold no credentials, query or fragment: every operator can read it.",
)

PUBLIC = ("name", "kind", "model", "priority", "weight", "enabled", "base_url", "supports", "has_key")
"""Fields that every consumer may read."""


class ProviderSummarySerializer(serializers.ModelSerializer[Provider]):
    """A provider, as any consumer sees it."""

    supports = serializers.SerializerMethodField()
    has_key = serializers.SerializerMethodField(help_text="Whether a key is stored or named.")

    class Meta:
        model = Provider
        fields = PUBLIC

    def get_supports(self, provider: Provider) -> list[str]:
        return provider.capabilities

    def get_has_key(self, provider: Provider) -> bool:
        return has_key(provider)


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class ProviderListSerializer(serializers.Serializer[Any]):
    """For the schema: the list."""

    providers = ProviderSummarySerializer(many=True)


class ProviderSerializer(Strict, serializers.ModelSerializer[Provider]):
    """A provider, as operators write and read it."""

    api_key = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=1_000,
        help_text="Stored encrypted, never shown. Empty: removes the stored one.",
    )
    has_key = serializers.SerializerMethodField(help_text="Whether a key is stored or named.")
    supports = serializers.ListField(
        child=serializers.ChoiceField(choices=list(Capability)),
        required=False,
        help_text="Empty: as its kind.",
    )

    class Meta:
        model = Provider
        fields = [*PUBLIC, "api_key", "api_key_env", "context_window", "max_tokens", "attempt_timeout_s"]
        extra_kwargs = {"model": {"required": False}}

    def get_has_key(self, provider: Provider) -> bool:
        return has_key(provider)

    def validate_name(self, name: str) -> str:
        if self.instance is not None and name != self.instance.name:
            raise serializers.ValidationError(RENAMED)
        if name in RESERVED or Route.objects.filter(name=name).exists():
            raise serializers.ValidationError(TAKEN)
        return name

    def validate_api_key(self, key: str) -> str:
        if not key.isascii() or any(not character.isprintable() or character == " " for character in key):
            raise serializers.ValidationError(UNPRINTABLE)
        return key

    def validate_supports(self, capabilities: list[str]) -> list[str]:
        return list(dict.fromkeys(str(capability) for capability in capabilities))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and not attrs.get("model"):
            if attrs.get("base_url") and attrs["kind"] == "openai":
                raise serializers.ValidationError({"model": [NO_MODEL]})
            attrs["model"] = KINDS[attrs["kind"]].default_model
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Provider:
        key = validated_data.pop("api_key", "")
        provider = Provider.objects.create(**validated_data)
        if key:
            set_api_key(provider, key)
        return provider

    def update(self, instance: Provider, validated_data: dict[str, Any]) -> Provider:
        key = validated_data.pop("api_key", None)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        if validated_data:
            # Only the sent fields: two operators who change different fields at once both succeed.
            instance.save(update_fields=[*validated_data, "updated_at"])
        if key is not None:
            set_api_key(instance, key)
        return instance
