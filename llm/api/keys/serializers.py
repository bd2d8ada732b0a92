"""Teams, consumers and keys as JSON."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework import serializers

from llm.core.consumers.rights import Endpoint
from llm.models import Consumer, ConsumerKey, Team
from llm.models.rights import BOUNDS, KEY_BOUNDS, MAX_ENTRIES
from llm.services.access.consumers import key_state
from llm.stores.config import keys
from web.pagination import PageQuerySerializer
from web.serializers import Strict, StrictSerializer

RENAMED = "It cannot be renamed: records and limits go by its name."
PASSED = "This time has passed."
USER_TAKEN = "A user of this name exists: name it as user, or choose another name."
NO_PATTERN = "… is no name or pattern."
NO_NETWORK = "… is no address or network."
RULES_OF_BOUNDS = (NO_PATTERN, NO_NETWORK)


class Bounds(Strict, serializers.ModelSerializer[Any]):
    """The bounds that keys, consumers and teams share. Empty fields bound nothing."""

    routes = serializers.ListField(child=serializers.CharField(max_length=128), required=False, max_length=MAX_ENTRIES)
    providers = serializers.ListField(
        child=serializers.CharField(max_length=128), required=False, max_length=MAX_ENTRIES
    )
    models = serializers.ListField(
        child=serializers.CharField(max_length=128),
        required=False,
        max_length=MAX_ENTRIES,
        help_text="Patterns with * and ?",
    )
    endpoints = serializers.ListField(child=serializers.ChoiceField(choices=list(Endpoint)), required=False)
    networks = serializers.ListField(child=serializers.CharField(max_length=64), required=False, max_length=MAX_ENTRIES)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        for name in ("routes", "providers", "models", "endpoints", "networks"):
            if name in value:
                value[name] = [str(text) for text in value[name]]
                field = self.Meta.model._meta.get_field(name)  # type: ignore[attr-defined]
                try:
                    field.run_validators(value[name])
                except ValidationError as error:
                    raise serializers.ValidationError({name: error.messages}) from None
        return value


class TeamSerializer(Bounds):
    """A team of consumers."""

    class Meta:
        model = Team
        fields = ["name", "note", "created_at", *BOUNDS]
        read_only_fields = ["created_at"]

    def validate_name(self, name: str) -> str:
        if self.instance is not None and name != self.instance.name:
            raise serializers.ValidationError(RENAMED)
        return name


class ConsumerSerializer(Bounds):
    """A person or program that holds keys. Without `user` a user of the same name is made."""

    team = serializers.SlugRelatedField("name", queryset=Team.objects.all(), required=False, allow_null=True)
    user = serializers.SlugRelatedField("username", queryset=get_user_model().objects.all(), required=False)

    class Meta:
        model = Consumer
        fields = ["id", "name", "team", "user", "note", "enabled", "created_at", *BOUNDS]
        read_only_fields = ["id", "created_at"]

    def validate_name(self, name: str) -> str:
        if self.instance is not None and name != self.instance.name:
            raise serializers.ValidationError(RENAMED)
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and attrs.get("user", self.instance.user) != self.instance.user:
            raise serializers.ValidationError({"user": [RENAMED]})
        if self.instance is None and "user" not in attrs:
            if get_user_model().objects.filter(username=attrs["name"]).exists():
                raise serializers.ValidationError({"user": [USER_TAKEN]})
            attrs["user"] = None
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Consumer:
        if validated_data["user"] is None:
            validated_data["user"] = get_user_model().objects.create_user(validated_data["name"])
        return Consumer.objects.create(**validated_data)


class KeySerializer(Bounds):
    """A key. Its secret is shown once, in the answer that makes it."""

    consumer = serializers.SlugRelatedField("name", queryset=Consumer.objects.all())
    user = serializers.CharField(source="user.username", read_only=True)
    state = serializers.SerializerMethodField(help_text="active, expired or revoked")

    class Meta:
        model = ConsumerKey
        fields = [
            "id", "consumer", "user", "name", "prefix", "state", "created_at", "expires_at", "revoked_at", "rotated_at",
            "previous_prefix", "previous_until", "last_used_at", "last_used_from", "last_used_secret", *KEY_BOUNDS,
        ]  # fmt: skip
        read_only_fields = [
            "id", "prefix", "created_at", "revoked_at", "rotated_at", "previous_prefix", "previous_until",
            "last_used_at", "last_used_from", "last_used_secret",
        ]  # fmt: skip

    def get_state(self, key: ConsumerKey) -> str:
        return key_state(key)

    def validate_consumer(self, consumer: Consumer) -> Consumer:
        if self.instance is not None and consumer != self.instance.consumer:
            raise serializers.ValidationError(RENAMED)
        return consumer

    def validate_expires_at(self, at: Any) -> Any:
        if at is not None and at <= timezone.now():
            raise serializers.ValidationError(PASSED)
        return at


class NewKeySerializer(KeySerializer):
    """For the schema: a key with its secret."""

    key = serializers.CharField(read_only=True, help_text="Shown here only.")

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]


class RotationSerializer(StrictSerializer):
    """The body of a rotation."""

    grace_s = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=int(keys.LONGEST_GRACE.total_seconds()),
        help_text="Seconds for which the secret so far stays valid. Default: 86400.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"grace": timedelta(seconds=attrs["grace_s"]) if "grace_s" in attrs else keys.GRACE}


class KeysQuerySerializer(PageQuerySerializer):
    """Query parameters of the list of keys."""

    consumer = serializers.CharField(required=False, max_length=150)
    team = serializers.CharField(required=False, max_length=64)
