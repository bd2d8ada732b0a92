"""Arguments of tool calls in a history: always JSON text of an object, with nothing lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.json_text import DEEPEST, arguments_text, deep_field, is_deep


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{"q": "plombier"}', '{"q": "plombier"}'),
        ('{ "q" : 1.0 }', '{ "q" : 1.0 }'),
        ("", "{}"),
        ("  ", "{}"),
        ('{"min": NaN}', '{"min": null}'),
        ('{"min": -Infinity, "q": "é"}', '{"min": null, "q": "é"}'),
        ('{"max": 1e400}', '{"max": null}'),
        ('{"q": "caf\\ud83d"}', '{"q": "caf\\ufffd"}'),
        ('{"q": "\\ud83d\\ude00"}', '{"q": "\\ud83d\\ude00"}'),
        ("[1]", '{"value": "[1]"}'),
        ('{"q": ', '{"value": "{\\"q\\": "}'),
        ("NaN", '{"value": "NaN"}'),
    ],
)
def test_arguments_become_strict_json_of_an_object(written: str, told: str) -> None:
    assert arguments_text(written) == told


@pytest.mark.parametrize("levels", [DEEPEST + 1, 950, 2_000, 50_000])
def test_deep_arguments_are_kept_as_text(levels: int) -> None:
    assert json.loads(arguments_text(deep(levels))) == {"value": deep(levels)}


def test_arguments_within_the_depth_stay_as_they_are() -> None:
    assert arguments_text(deep(DEEPEST)) == deep(DEEPEST)


@given(st.text())
def test_any_text_becomes_an_object_that_a_strict_reader_takes(written: str) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    told = arguments_text(written)
    assert isinstance(json.loads(told, parse_constant=refuse), dict)
    told.encode()


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ('{"a": [[1]], "b": [[[1]]]}', "b"),
        ('{"a": {"b": {"c": {}}}}', "a"),
        ('[[["a"], [["b"]]]]', ""),
        ('{"a": "[[[[[", "b": [1]}', None),
        ('{"a": "\\"", "b": [[[{}]]]}', "b"),
        ("]]]][[[[", None),
    ],
)
def test_the_field_that_nests_deeper_than_three_levels_is_named(written: str, field: str | None) -> None:
    assert deep_field(written, 3) == field


def test_depth_is_counted_outside_of_texts() -> None:
    assert is_deep("[" * (DEEPEST + 1))
    assert not is_deep('"' + "[" * (DEEPEST + 1) + '"')
