"""Checks the types and names of JSON fields from a table. The words of a complaint are the vendor's own
business."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from llm.simulator.http.exchange import InvalidRequest

Path = tuple[str | int, ...]


class FieldType(StrEnum):
    """A field's JSON type. `ANY` is not looked into."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"
    STRING_OR_ARRAY = "string or array"
    ANY = "any"


Fields = Mapping[str, FieldType]


class Complaints(Protocol):
    """A vendor's words for a request of the wrong shape; each returns the exception to raise."""

    def unknown(self, path: Path) -> InvalidRequest: ...
    def missing(self, path: Path) -> InvalidRequest: ...
    def wrong_type(self, path: Path, kind: FieldType, value: object) -> InvalidRequest: ...


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TESTS: Mapping[FieldType, Callable[[object], bool]] = {
    FieldType.STRING: lambda value: isinstance(value, str),
    FieldType.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    FieldType.NUMBER: _is_number,
    FieldType.BOOLEAN: lambda value: isinstance(value, bool),
    FieldType.ARRAY: lambda value: isinstance(value, list),
    FieldType.OBJECT: lambda value: isinstance(value, dict),
    FieldType.STRING_OR_ARRAY: lambda value: isinstance(value, str | list),
    FieldType.ANY: lambda value: True,
}


def check(
    value: Mapping[str, Any],
    fields: Fields,
    complaints: Complaints,
    *,
    at: Path = (),
    required: tuple[str, ...] = (),
) -> None:
    """Raises Rejected for a missing, unknown or wrongly typed field. Null stands for "not given", as it
    does with the vendors."""
    for name in required:
        if value.get(name) is None:
            raise complaints.missing((*at, name))
    for name, found in value.items():
        kind = fields.get(name)
        if kind is None:
            raise complaints.unknown((*at, name))
        if found is not None:
            expect(found, kind, complaints, at=(*at, name))


def expect(value: object, kind: FieldType, complaints: Complaints, *, at: Path) -> None:
    """Raises Rejected when the value has another type."""
    if not _TESTS[kind](value):
        raise complaints.wrong_type(at, kind, value)


def json_type(value: object) -> str:
    """The JSON name of a value's type."""
    for kind in (
        FieldType.BOOLEAN,
        FieldType.INTEGER,
        FieldType.NUMBER,
        FieldType.STRING,
        FieldType.ARRAY,
        FieldType.OBJECT,
    ):
        if _TESTS[kind](value):
            return kind.value
    return "null"
