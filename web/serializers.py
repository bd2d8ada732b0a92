"""Bases and fields of request serializers, and the schema of errors. Unknown fields are refused."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from web.errors import validation_error


class Strict:
    """A mixin that refuses unknown fields, and values of another JSON type. Comes before the serializer class.

    DRF's fields convert: 5 to "5", "yes" to true. The parameters of a query are text, and are converted.
    """

    def to_internal_value(self, data: Any) -> Any:
        faults: dict[str, list[str]] = {}
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            faults = {str(name): [self.unknown(str(name))] for name in data if name not in known}
            if not self.context.get("is_query"):  # type: ignore[attr-defined]
                faults |= self._wrong_types({name: data[name] for name in data if name in known})
        try:
            value = super().to_internal_value(data)  # type: ignore[misc]
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **faults}) from None  # type: ignore[dict-item]
        if faults:
            raise serializers.ValidationError(faults)
        return value

    def _wrong_types(self, data: dict[str, Any]) -> dict[str, list[str]]:
        fields = self.fields  # type: ignore[attr-defined]
        return {
            name: [str(fields[name].error_messages["invalid"])]
            for name, value in data.items()
            if value is not None and not _has_json_type(fields[name], value)
        }

    def unknown(self, name: str) -> str:
        """The fault of an unknown or read-only field."""
        field = self.fields.get(name)  # type: ignore[attr-defined]
        return "This field cannot be set." if field is not None else "Unknown field."


def _has_json_type(field: serializers.Field, value: Any) -> bool:
    """Whether the value has the field's JSON type. Fields of other kinds check it themselves."""
    if isinstance(field, serializers.BooleanField):
        return isinstance(value, bool)
    if isinstance(field, (serializers.IntegerField, serializers.FloatField)):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and (isinstance(field, serializers.FloatField) or float(value).is_integer())
    return isinstance(value, str) if isinstance(field, serializers.CharField) else True


class StrictSerializer(Strict, serializers.Serializer):
    """A plain serializer that refuses unknown fields."""


class MessageField(serializers.CharField):
    """A string as it came: numbers and booleans are refused, where DRF's CharField converts them."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


def validated(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The data as the serializer reads it; raises ApiError 400 that names each bad field.

    `data` are a body's fields, or the query's parameters. An empty parameter is a value, and mostly a bad one.
    """
    is_query = isinstance(data, QueryDict)
    checked = serializer(data=data.dict() if is_query else data, context={"is_query": is_query})
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
