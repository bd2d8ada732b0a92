"""Providers as JSON. The vendor's key is write-only."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from llm.api.health.serializers import HIDDEN
from llm.core.chat.request import Capability
from llm.kinds import KINDS
from llm.models import Provider
from llm.models.validators import FAULTS
from llm.services.providers import TAKEN, has_key, lacks_its_key, name_is_taken, set_api_key
from llm.vendors.catalogue import PRESETS
from web.serializers import Strict

RENAMED = "A provider cannot be renamed: records and circuits go by its name."
UNPRINTABLE = "Must be visible ASCII characters without spaces."
NO_MODEL = "This field is required with a base_url."
ADDRESS = tuple(dict.fromkeys(map(str, FAULTS.values())))

SUMMARY = ("name", "kind", "model", "priority", "weight", "enabled", "base_url", "supports", "has_key")
"""Fields of the list."""
OPERATORS_ONLY = tuple(name for name in SUMMARY if name not in ("name", "model"))

KEY_NEEDED = "A key belongs to its address: give the key again with another address, vendor or variable."


class ProviderSummarySerializer(serializers.ModelSerializer[Provider]):
    """A provider in the list. Callers other than operators see its name and model; the other fields are null.

    The context has `operator`: whether the caller is one.
    """

    supports = serializers.SerializerMethodField(help_text=HIDDEN)
    has_key = serializers.SerializerMethodField(help_text=f"Whether a key is stored or named. {HIDDEN}")

    class Meta:
        model = Provider
        fields = SUMMARY
        extra_kwargs = {
            name: {"allow_null": True, "help_text": HIDDEN}
            for name in OPERATORS_ONLY
            if name not in ("supports", "has_key")
        }

    def get_supports(self, provider: Provider) -> list[str] | None:
        return provider.capabilities

    def get_has_key(self, provider: Provider) -> bool | None:
        return has_key(provider)

    def to_representation(self, instance: Provider) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown if self.context["operator"] else {**shown, **dict.fromkeys(OPERATORS_ONLY)}


@extend_schema_serializer(many=False)  # drf-spectacular takes the answer of a list for an array
class ProviderListSerializer(serializers.Serializer[Any]):
    """For the schema: the list, which is an object."""

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
    vendor = serializers.ChoiceField(
        choices=list(PRESETS),
        required=False,
        allow_blank=True,
        help_text="Its row in the catalogue of vendors; empty: by its address.",
    )
    supports = serializers.ListField(
        child=serializers.ChoiceField(choices=list(Capability)),
        required=False,
        help_text="Empty: as its kind.",
    )

    class Meta:
        model = Provider
        fields = [
            *SUMMARY,
            "vendor",
            "api_key",
            "api_key_env",
            "account",
            "project",
            "upstream",
            "context_window",
            "max_tokens",
            "attempt_timeout_s",
        ]
        extra_kwargs = {"model": {"required": False}}

    def get_has_key(self, provider: Provider) -> bool:
        return has_key(provider)

    def validate_name(self, name: str) -> str:
        if self.instance is not None and name != self.instance.name:
            raise serializers.ValidationError(RENAMED)
        if name_is_taken(name):
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
        self._require_key(attrs)
        return attrs

    def _require_key(self, attrs: dict[str, Any]) -> None:
        before = self.instance if isinstance(self.instance, Provider) else Provider()
        account = {name: attrs.get(name, getattr(before, name)) for name in ("kind", "base_url", "api_key_env")}
        if lacks_its_key(before, **account, api_key=attrs.get("api_key")):
            raise serializers.ValidationError({"api_key": [KEY_NEEDED]})

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
