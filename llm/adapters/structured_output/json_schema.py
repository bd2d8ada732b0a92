"""Validates a value by a caller's JSON schema (draft 2020-12), at a bounded cost.

The schema comes from outside and is not trusted: nothing is fetched, and a schema that multiplies its own work is
given up before it starts.
"""

import json
import re
from functools import lru_cache
from typing import NoReturn

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, ValidationError, ValidationErrorKind

from llm.adapters.structured_output.schema_cost import ONLY_LOCAL, SchemaCost, UnusableSchema

MAX_SCHEMA = 60_000
"""Characters of a schema. Reading the largest takes some 50 ms."""
MAX_BACKTRACKS = 10_000
"""Steps back of a regular expression with look-around in one string; all others take linear time."""
MAX_EXPLAINED = 50_000
"""Steps up to which the place of a mismatch is looked for under `anyOf` and `oneOf`. The validator describes the
failure of every alternative, at some 5 µs each."""
ALTERNATIVES = re.compile('"(any|one)Of"')


class TooMuchWork(Exception):
    """The schema takes too long to apply, or the value is nested too deeply for it."""


def schema_fault(written: str) -> str:
    """What is wrong with the schema, as a sentence; "" when it can be used. `written` is a JSON object."""
    if len(written) > MAX_SCHEMA:
        return f"The schema is longer than {MAX_SCHEMA:,} characters."
    return _fault(written)


@lru_cache(maxsize=256)
def _fault(written: str) -> str:
    try:
        _compiled(written)
    except UnusableSchema as error:
        return str(error)
    return ""


def mismatch(written: str, value: object) -> str:
    """Where `value` departs from the schema and by which keyword, "" when it fits. Raises TooMuchWork.

    The value itself is not repeated: the sentence stands in records, also where no content is kept.
    """
    try:
        validator, cost = _compiled(written)
    except UnusableSchema as error:
        raise TooMuchWork from error
    steps = cost.steps(value)
    if steps is None:
        raise TooMuchWork
    try:
        if validator.is_valid(value):
            return ""
        if steps > MAX_EXPLAINED and ALTERNATIVES.search(written):
            return "the place is not looked for in so large an answer"
        validator.validate(value)
    except ValidationError as error:
        keyword = str(error.schema_path[-1]) if error.schema_path else "false"
        return f"{keyword} fails at {_place(error)}"
    except UnicodeEncodeError:  # the validator takes whole characters only; RFC 8259 leaves others undefined
        return "half a character (an unpaired surrogate)"
    return ""


@lru_cache(maxsize=256)
def _compiled(written: str) -> tuple[Draft202012Validator, SchemaCost]:
    try:
        schema = json.loads(written)
        validator = Draft202012Validator(
            schema, retriever=_refuse, pattern_options=FancyRegexOptions(backtrack_limit=MAX_BACKTRACKS)
        )
    except ValidationError as error:
        if isinstance(error.kind, ValidationErrorKind.Referencing):
            raise UnusableSchema(f"A reference leads nowhere: {ONLY_LOCAL} {_complaint(error)}") from error
        raise UnusableSchema(f"This is no valid JSON schema: {_complaint(error)}") from error
    except (RecursionError, ValueError) as error:
        raise UnusableSchema(
            "The schema cannot be read: it is nested too deeply, or holds half a character (an unpaired surrogate)."
        ) from error
    return validator, SchemaCost(schema)


def _refuse(address: str) -> NoReturn:
    """Stands in for the validator's own retriever, which would fetch the address."""
    raise LookupError(f"{address} is not fetched")


def _complaint(error: ValidationError) -> str:
    """The complaint with its place in the schema. The validator repeats the whole value in it, so it is cut."""
    text = error.message if len(error.message) <= 200 else f"{error.message[:120]} … {error.message[-70:]}"
    return f"{text} (at {_place(error)})"


def _place(error: ValidationError) -> str:
    return "/".join(str(step) for step in error.instance_path)[:80] or "the top"
