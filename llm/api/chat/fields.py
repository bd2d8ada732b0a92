"""Reads single parameters of a chat request by type. Faults are ApiError 400 that names the parameter."""

import math
from collections.abc import Sequence
from typing import Any

from llm.core.consumers.tags import BadTags, read_tags
from web.errors import ApiError

MAX_MESSAGES = 2_000
MAX_TEXT = 2_000_000
"""Characters of all messages together: above any served model's window, and small enough for a worker."""

LANGUAGES = ("fr", "en")


def bad(param: str, message: str, *, code: str = "invalid_request", status: int = 400) -> ApiError:
    """The error for one parameter, whose path is like `messages[2].content`."""
    text = message if param in message else f"{param}: {message}"
    return ApiError(status, code, text, param=param)


def _path(name: str, under: str) -> str:
    return f"{under}.{name}" if under else name


def text(given: dict[str, Any], name: str, longest: int, under: str = "") -> str | None:
    """A string of at most `longest` characters, or None."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise bad(_path(name, under), f"Must be a string, not {kind(value)}.")
    if len(value) > longest:
        raise bad(_path(name, under), f"At most {longest} characters are allowed.")
    return value


def required_text(given: dict[str, Any], name: str, under: str = "", longest: int = 256) -> str:
    """A non-empty string."""
    value = text(given, name, longest, under)
    if not value:
        raise bad(_path(name, under), "This parameter is required.", code="missing_required_parameter")
    return value


def boolean(given: dict[str, Any], name: str, default: bool, under: str = "") -> bool:
    """A JSON boolean, or the default. Refuses 0, 1 and strings."""
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise bad(_path(name, under), f"Must be true or false, not {kind(value)}.")
    return value


def number(given: dict[str, Any], name: str, least: float, most: float) -> float | None:
    """A number within bounds, or None."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise bad(name, f"Must be a number, not {kind(value)}.")
    if not least <= value <= most:
        raise bad(name, f"Must be between {least:g} and {most:g}, not {value:g}.")
    return float(value)


def integer(given: dict[str, Any], name: str, least: int, most: int) -> int | None:
    """A whole number within bounds, or None."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad(name, f"Must be an integer, not {kind(value)}.")
    if not least <= value <= most:
        raise bad(name, f"Must be between {least} and {most}.")
    return value


def one_of(given: dict[str, Any], name: str, allowed: Sequence[str], under: str = "") -> str | None:
    """One of the allowed words, or None."""
    value = given.get(name)
    if value is None:
        return None
    if value not in allowed or not isinstance(value, str):
        raise bad(_path(name, under), f"Must be one of {', '.join(allowed)}.")
    return value


def read_metadata(value: Any) -> None:
    """Checks `metadata` by OpenAI's bounds: at most 16 texts of 512 characters, under keys of 64."""
    if value is None:
        return
    pairs = json_object(value, "metadata")
    if len(pairs) > 16:
        raise bad("metadata", "At most 16 pairs are allowed.")
    for name, item in pairs.items():
        if len(name) > 64:
            raise bad("metadata", "A key may have at most 64 characters.")
        if not isinstance(item, str):
            raise bad(f"metadata.{name}", f"Must be a string, not {kind(item)}.")
        if len(item) > 512:
            raise bad(f"metadata.{name}", "At most 512 characters are allowed.")


def metadata_tags(given: dict[str, Any]) -> tuple[str, ...]:
    """The comma list `tags` of `metadata`. Raises ApiError 400 for tags beyond their bounds."""
    metadata = given.get("metadata")
    if not isinstance(metadata, dict) or not (tags := text(metadata, "tags", 1000, "metadata")):
        return ()
    try:
        return read_tags([tags])
    except BadTags as error:
        raise bad("metadata.tags", str(error)) from None


def names(given: dict[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of names without repetition, or None when the parameter is absent."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise bad(name, "Must be a list of provider names.")
    if len(value) > 20:
        raise bad(name, "At most 20 names are allowed.")
    return tuple(dict.fromkeys(value))


def json_object(value: Any, path: str) -> dict[str, Any]:
    """The value, which must be a JSON object."""
    if not isinstance(value, dict):
        raise bad(path, f"Must be an object, not {kind(value)}.")
    return value


def kind(value: Any) -> str:
    """The JSON name of a value's type."""
    names_of = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names_of.get(type(value), "null")
