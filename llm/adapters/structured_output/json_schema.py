"""Judges a value by a caller's JSON schema (draft 2020-12), at a bounded cost.

The schema comes from outside and is not trusted: nothing is fetched, regular expressions are left out
(one of them can hold a process for ever), and a schema that multiplies its own work is given up.
"""

import json
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

MAX_SCHEMA = 60_000
"""Characters. Checking the schema itself takes some 4 ms per 1,000 of them."""
MAX_STEPS = 50_000
"""Keywords applied while one answer is judged: about a quarter of a second at worst."""
NO_FORMATS = FormatChecker(())
"""Python's regular expressions are not JavaScript's, so none is called wrong."""
VALUES = frozenset({"const", "enum", "default", "examples"})
"""Keywords whose content is data, so a `$ref` in it means nothing."""


class TooMuchWork(Exception):
    """The schema takes too long to apply, runs in circles, or cannot be computed."""


_left: ContextVar[int] = ContextVar("steps left")


def _counted(keyword: Any) -> Any:
    def step(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        _left.set(_left.get() - 1)
        if _left.get() < 0:
            raise TooMuchWork
        return keyword(validator, value, instance, schema)

    return step


def _unjudged(validator: Any, value: Any, instance: Any, schema: Any) -> None:
    """Stands in for keywords that would run the caller's regular expressions."""


def _additional(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
    if "patternProperties" in schema:
        return None  # which properties are additional is then told by regular expressions
    return Draft202012Validator.VALIDATORS["additionalProperties"](validator, value, instance, schema)


_OURS = {
    **Draft202012Validator.VALIDATORS,
    "additionalProperties": _additional,
    **dict.fromkeys(("pattern", "patternProperties", "unevaluatedProperties"), _unjudged),
}
_Bounded = extend(Draft202012Validator, {name: _counted(keyword) for name, keyword in _OURS.items()})


def schema_fault(written: str) -> str:
    """What is wrong with the schema, as a sentence; "" when it can be used. `written` is a JSON object."""
    if len(written) > MAX_SCHEMA:
        return f"The schema is longer than {MAX_SCHEMA:,} characters."
    return _fault(written)


@lru_cache(maxsize=256)
def _fault(written: str) -> str:
    try:
        schema = json.loads(written)
        Draft202012Validator.check_schema(schema, format_checker=NO_FORMATS)
        lost = next((reference for reference in _references(schema) if not _leads_on(schema, reference)), None)
    except SchemaError as error:
        return f"This is no valid JSON schema: {_told(error)}"
    except RecursionError:
        return "The schema is nested too deeply."
    if lost is not None:
        return f"The reference {lost[:80]!r} leads nowhere; only those within the schema are followed."
    return ""


def _leads_on(schema: object, reference: str) -> bool:
    resolver = Registry().with_resource("", DRAFT202012.create_resource(schema)).resolver()
    try:
        return isinstance(resolver.lookup(reference).contents, dict | bool)
    except (Unresolvable, ValueError):  # ValueError: a name where a list wants a number
        return False


def mismatch(written: str, value: object) -> str:
    """Where `value` departs from the schema and by which keyword, "" when it fits. Raises TooMuchWork.

    What was said is not repeated: this stands in records, also where no content is kept.
    """
    _left.set(MAX_STEPS)
    try:
        found = next(_validator(written).iter_errors(value), None)
    except (RecursionError, Unresolvable, ArithmeticError) as error:
        raise TooMuchWork from error
    return "" if found is None else f"{found.validator or 'false'} fails at {_place(found)}"


@lru_cache(maxsize=256)
def _validator(written: str) -> Validator:
    validator: Validator = _Bounded(json.loads(written), registry=Registry())
    return validator


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        for name, inner in schema.items():
            if name in ("$ref", "$dynamicRef") and isinstance(inner, str):
                yield inner
            elif name not in VALUES:
                yield from _references(inner)


def _told(error: SchemaError) -> str:
    """The complaint with its place in the schema. jsonschema repeats the whole value in it, so it is cut."""
    text = error.message if len(error.message) <= 200 else f"{error.message[:120]} … {error.message[-70:]}"
    return f"{text} (at {_place(error)})"


def _place(error: ValidationError | SchemaError) -> str:
    return "/".join(str(step) for step in error.absolute_path)[:80] or "the top"
