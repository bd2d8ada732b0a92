"""The gateway's values as JSON and back, driven by their type annotations. Knows no file and no table.

Fields that hold their default are left out, unknown ones are ignored on reading: a journal that an
older or newer release wrote can still be read.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def encode(value: object) -> Any:
    """What `json.dumps` can take: a dataclass becomes an object, a tuple a list, a date ISO 8601 text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    encoded: dict[str, Any] = {}
    cls: Any = type(value)
    for name, default in _written(cls):
        item = getattr(value, name)
        if item is not default and item != default:
            encoded[name] = encode(item)
    return encoded


def decode(cls: type[T], data: object) -> T:
    """The value of `cls` that `encode` wrote; raises ValueError when `data` cannot be one."""
    hint: Any = cls
    try:
        return _decoder(hint)(data)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"This is no {cls.__name__}.") from error


@cache
def _written(cls: type) -> tuple[tuple[str, object], ...]:
    if not is_dataclass(cls):
        raise TypeError(f"{cls.__name__} has no JSON form.")
    return tuple((field.name, _default(field)) for field in fields(cls))


def _default(field: "Field[Any]") -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


@cache
def _decoder(hint: Any) -> Decoder:
    origin = get_origin(hint)
    if origin is tuple:
        item = _decoder(get_args(hint)[0])
        return lambda data: tuple(item(each) for each in data)
    if origin in (Union, types.UnionType):
        readers = [_decoder(arg) for arg in get_args(hint) if arg is not type(None)]
        return lambda data: None if data is None else _first_that_reads(readers, data)
    if hint is datetime:
        return datetime.fromisoformat
    if hint is float:
        return float
    if hint in (str, int, bool):
        return _exactly(hint)
    if issubclass(hint, StrEnum):
        return hint
    return _dataclass_decoder(hint)


def _first_that_reads(readers: list[Decoder], data: Any) -> Any:
    for reader in readers[:-1]:
        try:
            return reader(data)
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
    return readers[-1](data)


def _exactly(cls: type) -> Decoder:
    def check(data: Any) -> Any:
        if type(data) is not cls:
            raise TypeError(f"{cls.__name__} expected")
        return data

    return check


def _dataclass_decoder(cls: type) -> Decoder:
    hints = get_type_hints(cls)
    readers = {field.name: _decoder(hints[field.name]) for field in fields(cls)}

    def read(data: Any) -> Any:
        return cls(**{name: readers[name](item) for name, item in data.items() if name in readers})

    return read
