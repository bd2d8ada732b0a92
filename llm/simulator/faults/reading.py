"""Reads faults from what people type: a bare name, a form, JSON, or keyword arguments of a test."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any
from urllib.parse import parse_qsl

from llm.simulator.faults.catalogue import ALIASES, HEALTHY, VARIANTS, BadFault, Fault, FaultName, FaultScope


def read_name(name: str) -> FaultName | None:
    """The fault of that name or alias, `-` as good as `_`; None when the name means "healthy"."""
    plain = name.strip().lower().replace("-", "_")
    if plain in HEALTHY:
        return None
    if plain in ALIASES:
        return ALIASES[plain]
    if plain not in list(FaultName):
        raise BadFault(f"no fault is called {name!r}; known are: {', '.join(FaultName)}")
    return FaultName(plain)


def _count(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("negative")
    return number


def _seconds(value: Any) -> float:
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError("out of range")
    return number


def _share(value: Any) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("not between 0 and 1")
    return number


def _headers(value: Any) -> dict[str, str]:
    return {str(name): str(text) for name, text in dict(value).items()}


def _error(value: Any) -> FaultName:
    name = read_name(str(value))
    if name is None:
        raise ValueError("not an error")
    return name


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "times": _count,
    "after": _count,
    "probability": _share,
    "seed": int,
    "applies_to": FaultScope,
    "retry_after": _seconds,
    "delay": _seconds,
    "chunks": _count,
    "bytes": _count,
    "variant": str,
    "error": _error,
    "status": _count,
    "headers": _headers,
    "body": lambda value: value,
    "message": str,
    "url": str,
}
_DEFAULTS = {entry.name: entry.default for entry in fields(Fault) if entry.default is not MISSING}


def read_options(name: str, options: Mapping[str, Any]) -> Fault | None:
    """A fault with its parameters as loose values; None when the name means "healthy". Raises BadFault."""
    fault_name = read_name(name)
    if fault_name is None:
        return None
    values: dict[str, Any] = {}
    for option, value in options.items():
        if option not in _READERS:
            raise BadFault(f"a fault has no parameter {option!r}; known are: {', '.join(_READERS)}")
        if value is None and _DEFAULTS.get(option) is None:
            continue
        try:
            values[option] = _READERS[option](value)
        except (ValueError, TypeError) as error:
            raise BadFault(f"{option}: cannot read {value!r} ({error})") from error
    fault = Fault(name=fault_name, **values)
    if fault.variant and fault.variant not in VARIANTS.get(fault_name, ()):
        known = ", ".join(VARIANTS.get(fault_name, ())) or "none"
        raise BadFault(f"{fault_name} has no variant {fault.variant!r}; known are: {known}")
    return fault


def _read_one(value: Any) -> Fault | None:
    if isinstance(value, str):
        return read_options(value, {})
    if not isinstance(value, dict) or not isinstance(value.get("fault"), str):
        raise BadFault('a fault is a name or an object such as {"fault": "credit", "times": 1}')
    return read_options(value["fault"], {key: item for key, item in value.items() if key != "fault"})


def read_text(text: str) -> tuple[Fault, ...]:
    """The faults in a request body: `credit`, `fault=credit&times=1`, a JSON object or a JSON list of them.

    Of a list the first that applies strikes, so spent ones make way for the next. Empty when it means
    "healthy". Raises BadFault.
    """
    text = text.strip()
    if text[:1] in ("{", "[", '"'):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise BadFault(f"the body is not JSON: {error}") from error
        entries = value if isinstance(value, list) else [value]
        return tuple(fault for entry in entries if (fault := _read_one(entry)) is not None)
    if "=" in text:
        pairs = dict(parse_qsl(text, keep_blank_values=True))
        fault = read_options(pairs.pop("fault", ""), pairs)
    else:
        fault = read_options(text, {})
    return () if fault is None else (fault,)
