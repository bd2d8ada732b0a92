"""Callers' schemas: what is wrong with them, what they say of a value, and what they cost at most."""

import json
from typing import Any

import pytest

from llm.adapters.structured_output.json_schema import TooMuchWork, mismatch, schema_fault

CIRCLE = {"$ref": "#"}


def doubling(keyword: str, levels: int = 30) -> Any:
    """Each definition refers twice to the next."""
    defs: dict[str, Any] = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**defs, f"d{levels}": {}}, "$ref": "#/$defs/d0"}


def unevaluated(levels: int) -> Any:
    """Each level applies the next one again, to see which properties it covers."""
    schema: Any = {"properties": {"a": {}}}
    for _ in range(levels):
        schema = {"anyOf": [schema], "unevaluatedProperties": False}
    return schema


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


FAULTS: list[tuple[Any, str]] = [
    ({}, ""),
    ({"type": "object"}, ""),
    ({"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}, ""),
    ({"type": "object", "properties": {"next": {"$ref": "#"}}}, ""),
    ({"properties": {"$ref": {"type": "string"}}}, ""),
    ({"pattern": r"^\p{L}+$"}, ""),
    ({"allOf": [{}], "$ref": "#/allOf/x"}, "leads nowhere"),
    ({"$ref": "#/x", "x": 3}, "no valid JSON schema"),
    ({"$ref": "#/x-note", "x-note": ["a"]}, "no valid JSON schema"),
    ({"$id": "https://example.test/a", "$ref": "b", "$defs": {"b": {"$id": "b"}}}, "may have an $id"),
    ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "leads nowhere"),
    ({"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"}, ""),
    ({"$defs": {"a": {"$anchor": "here"}, "b": {"$anchor": "here"}}, "$ref": "#here"}, "twice"),
    ({"pattern": r"^(?=.*\d).{8,}$"}, ""),
    ({"pattern": "(["}, "no valid JSON schema"),
    ({"const": "\ud800"}, "half a character"),
    (CIRCLE, "leads back to itself"),
    ({"anyOf": [CIRCLE, {"type": "string"}]}, "leads back to itself"),
    (doubling("allOf"), "multiply"),
    (doubling("oneOf"), "multiply"),
    (unevaluated(20), "multiply"),
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
    ({"pattern": "^(a+)+$"}, "a" * 40 + "!", "pattern fails at the top"),
    ({"pattern": "^(?=a)(a|aa)+$"}, "a" * 40 + "!", "pattern fails at the top"),
    ({"pattern": "^(a+)+$"}, "a" * 40, ""),
    ({"patternProperties": {"^(a+)+$": False}, "additionalProperties": True}, {"a" * 40 + "!": 1}, ""),
    ({"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1}, "type fails at ab"),
    ({"type": "string"}, "\ud800", "half a character"),
    ({"multipleOf": 0.1}, 10**400, ""),
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


TWICE_A_LEVEL = {"allOf": [{"properties": {"a": CIRCLE}}] * 2}
OFTEN: list[tuple[Any, Any]] = [
    (CIRCLE, {}),
    (doubling("allOf"), {}),
    (TWICE_A_LEVEL, nested(40)),
    ({"items": CIRCLE, "properties": {"a": CIRCLE}}, nested(150)),
    ({"allOf": [{"items": {"minimum": n}} for n in range(1500)]}, [1] * 10_000),
    ({"allOf": [{"pattern": f"(x+x+)+y{n}"} for n in range(1500)]}, "x" * 50_000),
]


@pytest.mark.parametrize(
    ("schema", "value"), OFTEN, ids=["a circle", "doubling", "doubling by depth", "deep", "wide", "slow patterns"]
)
def test_a_schema_that_takes_too_long_is_given_up_before_it_starts(schema: Any, value: Any) -> None:
    with pytest.raises(TooMuchWork):
        mismatch(json.dumps(schema), value)


ALLOWED: list[tuple[Any, Any]] = [
    (doubling("allOf", 19), {}),
    (doubling("anyOf", 19), {}),
    (unevaluated(10), {"a": 1}),
    (TWICE_A_LEVEL, nested(18)),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("schema", "value"), ALLOWED)
def test_what_is_just_allowed_is_checked_to_its_end(schema: Any, value: Any) -> None:
    assert mismatch(json.dumps(schema), value) == ""


def test_an_answer_too_large_to_explain_is_still_refused() -> None:
    rows = [*range(100_000), "x"]
    assert mismatch('{"items": {"type": "integer"}}', rows) == "type fails at 100000"
    assert mismatch('{"items": {"anyOf": [{"type": "integer"}]}}', rows).startswith("the place is not looked for")


def test_a_recursive_schema_is_applied_at_any_sensible_depth() -> None:
    node = {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": CIRCLE, "b": CIRCLE}}]}
    assert mismatch(json.dumps(node), nested(90)) == ""


def test_a_large_honest_answer_is_judged() -> None:
    row = {"type": "object", "properties": {name: {"type": "integer", "minimum": 0} for name in "abcd"}}
    rows = [dict.fromkeys("abcd", n) for n in range(1000)]
    assert mismatch(json.dumps({"type": "array", "items": row}), rows) == ""
