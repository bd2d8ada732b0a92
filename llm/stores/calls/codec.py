"""Call records as JSON values and back, driven by their type annotations.

Fields at their default are left out, unknown ones are ignored on reading: a journal of an older or newer release can
still be read.
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
    """The value of `cls` that `encode` wrote. Raises ValueError, without the data's text, when it is none."""
    try:
        return _adapter(cls).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"This is no {cls.__name__}: {where} {first['msg']}.") from None
