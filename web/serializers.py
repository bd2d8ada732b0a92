"""Bases and fields of request serializers, and the schema of errors. Unknown fields are refused."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from web.errors import validation_error


class Strict:
    """A mixin that refuses unknown fields. Comes before the serializer class."""

    def to_internal_value(self, data: Any) -> Any:
        faults: dict[str, list[str]] = {}
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            faults = {str(name): [self.unknown(str(name))] for name in data if name not in known}
        try:
            value = super().to_internal_value(data)  # type: ignore[misc]
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **faults}) from None  # type: ignore[dict-item]
        if faults:
            raise serializers.ValidationError(faults)
        return value

    def unknown(self, name: str) -> str:
        """The fault of an unknown or read-only field."""
        field = self.fields.get(name)  # type: ignore[attr-defined]
        return "This field cannot be set." if field is not None else "Unknown field."


class StrictSerializer(Strict, serializers.Serializer):
    """A plain serializer that refuses unknown fields."""


class MessageField(serializers.CharField):
    """A string as it came: numbers and booleans are refused, where DRF's CharField converts them."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


def validated(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The data as the serializer reads it; raises ApiError 400 that names each bad field."""
    checked = serializer(data=data)
    if not checked.is_valid():
        raise validation_error(checked.errors)
    return dict(checked.validated_data)


class ErrorDetailSerializer(serializers.Serializer):
    """For the schema: the inside of an error."""

    code = serializers.CharField(help_text="For programs.")
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="Bad field -> its faults."
    )
    request_id = serializers.CharField()


class ErrorSerializer(serializers.Serializer):
    """For the schema: the error shape of /api."""

    error = ErrorDetailSerializer()
