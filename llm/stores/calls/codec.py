"""Encodes call records as JSON values and decodes them, driven by their type annotations.

Encoding omits fields at their default; decoding ignores unknown fields. So each release reads the
journals of older and newer ones.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")

_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def encode(value: object) -> Any:
    """The JSON values of a dataclass: objects, lists, and ISO 8601 text for dates."""
    return _adapter(type(value)).dump_python(value, mode="json", exclude_defaults=True)


def decode(cls: type[T], data: object) -> T:
    """Decodes what `encode` wrote. Raises ValueError for other data, without the data's text."""
    try:
        return _adapter(cls).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"Invalid {cls.__name__}: {field} {first['msg']}.") from None
