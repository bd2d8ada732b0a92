"""Callers' schemas: what is wrong with them, what they say of a value, and what they cost at most."""

import json
from typing import Any

import pytest

from llm.adapters.structured_output.json_schema import TooMuchWork, mismatch, schema_fault

FAULTS: list[tuple[Any, str]] = [
    ({}, ""),
    ({"type": "object"}, ""),
    ({"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}, ""),
    ({"type": "object", "properties": {"next": {"$ref": "#"}}}, ""),
    ({"properties": {"$ref": {"type": "string"}}}, ""),
    ({"pattern": r"^\p{L}+$"}, ""),
    ({"allOf": [{}], "$ref": "#/allOf/x"}, "leads nowhere"),
    ({"$ref": "#/x", "x": 3}, "leads nowhere"),
    ({"const": {"$ref": "https://example.test/x"}}, ""),
    ({"type": "thing"}, "no valid JSON schema"),
    ({"required": "a"}, "no valid JSON schema"),
    ({"properties": {"a": {"minimum": "1"}}}, "no valid JSON schema"),
    ({"$ref": "#/$defs/a"}, "leads nowhere"),
    ({"$ref": "https://example.test/x.json"}, "leads nowhere"),
    ({"$ref": "file:///etc/passwd"}, "leads nowhere"),
    ({"items": {"anyOf": [{"$ref": "http://127.0.0.1:1/x"}]}}, "leads nowhere"),
    ({"enum": ["x" * 60_000]}, "longer than"),
]


@pytest.mark.parametrize(("schema", "words"), FAULTS)
def test_a_schema_is_judged_before_any_answer(schema: Any, words: str) -> None:
    fault = schema_fault(json.dumps(schema))
    assert (words in fault) if words else fault == ""


def test_a_schema_of_a_thousand_levels_is_too_deep() -> None:
    assert "deep" in schema_fault('{"not":' * 1000 + "{}" + "}" * 1000)


VALUES: list[tuple[Any, Any, str]] = [
    ({"type": "integer"}, 3, ""),
    ({"type": "integer"}, "3", "type fails at the top"),
    ({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 1]}, "type fails at a/1"),
    ({"enum": ["x" * 500]}, "y", "enum fails at the top"),
    # regular expressions are not applied
    ({"pattern": "^(a+)+$"}, "a" * 40 + "!", ""),
    ({"patternProperties": {"^(a+)+$": False}, "additionalProperties": False}, {"a" * 40 + "!": 1}, ""),
    ({"additionalProperties": False}, {"a": 1}, "additionalProperties fails at the top"),
    (False, 1, "false fails at the top"),
]


@pytest.mark.parametrize(("schema", "value", "words"), VALUES)
def test_a_value_fits_or_the_place_is_named(schema: Any, value: Any, words: str) -> None:
    fault = mismatch(json.dumps(schema), value)
    assert (words in fault) if words else fault == ""
    assert len(fault) < 150


def test_a_complaint_about_a_schema_is_short_and_one_about_an_answer_repeats_nothing_of_it() -> None:
    assert len(schema_fault(json.dumps({"type": "x" * 5000}))) < 400
    assert "secret" not in mismatch('{"type": "integer"}', "secret")


CIRCLE = {"$ref": "#"}
DOUBLING = {
    "$defs": {**{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}, "d30": {}},
    "$ref": "#/$defs/d0",
}


NEVER = [(CIRCLE, {}), (DOUBLING, {}), ({"multipleOf": 0.1}, 10**400)]


@pytest.mark.parametrize(("schema", "value"), NEVER, ids=["a circle", "doubling", "beyond numbers"])
def test_a_schema_that_comes_to_no_end_is_given_up(schema: Any, value: Any) -> None:
    assert schema_fault(json.dumps(schema)) == ""
    with pytest.raises(TooMuchWork):
        mismatch(json.dumps(schema), value)


def test_a_large_honest_answer_is_judged() -> None:
    row = {"type": "object", "properties": {name: {"type": "integer", "minimum": 0} for name in "abcd"}}
    rows = [dict.fromkeys("abcd", n) for n in range(1000)]
    assert mismatch(json.dumps({"type": "array", "items": row}), rows) == ""
