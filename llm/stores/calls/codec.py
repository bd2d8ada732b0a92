"""Encodes call records as JSON and decodes them, driven by their type annotations.

Encoding omits fields at their default; decoding ignores unknown fields. So each release reads the
journals of older and newer ones.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

T = TypeVar("T")

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def encode(value: object) -> Any:
    """The JSON values of a dataclass: objects, lists, and ISO 8601 text for dates."""
    return _adapter(type(value)).dump_python(value, mode="json", exclude_defaults=True)


def encode_json(value: object) -> bytes:
    """The same as one line of JSON. A text with half a character, which UTF-8 lacks, is escaped."""
    try:
        return _adapter(type(value)).dump_json(value, exclude_defaults=True)
    except PydanticSerializationError:
        return json.dumps(encode(value), separators=(",", ":")).encode()


def decode(cls: type[T], data: object) -> T:
    """Decodes what `encode` wrote. Raises ValueError for other data, without the data's text."""
    try:
        return _adapter(cls).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"Invalid {cls.__name__}: {field} {first['msg']}.") from None
