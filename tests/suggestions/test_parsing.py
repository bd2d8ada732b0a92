import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suggestions.parsing import MAX_LENGTH, Suggestion, parse, parse_lines

FIRST = "Coupez le disjoncteur."
SECOND = "Dans quel quartier êtes-vous ?"
BOTH = [FIRST, SECOND]
OBJECTS = [{"text": FIRST, "confidence": 0.9}, {"text": SECOND, "confidence": 0.4}]


def texts(answer: str, count: int = 3) -> list[str]:
    return [suggestion.text for suggestion in parse(answer, count)]


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("the object that was asked for", json.dumps({"suggestions": OBJECTS})),
        ("an object of strings", json.dumps({"suggestions": BOTH})),
        ("a bare list of strings", json.dumps(BOTH)),
        ("a bare list of objects", json.dumps(OBJECTS)),
        ("another name for the list", json.dumps({"items": OBJECTS})),
        ("another name for the text", json.dumps([{"suggestion": FIRST}, {"content": SECOND}])),
        ("a fenced block", f"```json\n{json.dumps({'suggestions': OBJECTS})}\n```"),
        ("a fence without a language", f"```\n{json.dumps(BOTH)}\n```"),
        ("a fence with text around it", f"Voici :\n```json\n{json.dumps(OBJECTS)}\n```\nBonne journée !"),
        ("a fence that is never closed", f"```json\n{json.dumps(OBJECTS)}"),
        ("text around the object", f"Voici mes idées : {json.dumps({'suggestions': OBJECTS})} Bonne journée !"),
        ("trailing commas", f'{{"suggestions": [{{"text": "{FIRST}",}}, {{"text": "{SECOND}"}},],}}'),
        ("objects one after the other", "\n".join(json.dumps(item) for item in OBJECTS)),
        ("an object that was cut off", json.dumps({"suggestions": [*OBJECTS, {"text": "Envoyez une"}]})[:-12]),
        ("numbered lines", f"1. {FIRST}\n2. {SECOND}"),
        ("numbers in brackets, text around", f"Voici :\n\n1) {FIRST}\n\n(2) {SECOND}\n\nBonne journée"),
        ("dashed lines", f"- {FIRST}\n- {SECOND}"),
        ("dots and bold numbers", f"• {FIRST}\n**2.** **{SECOND}**"),
        ("quoted lines", f'1. "{FIRST}"\n2. « {SECOND} »'),
        ("a byte order mark and blanks", f"\ufeff \n {json.dumps(BOTH)}\n"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_both_suggestions_are_read_from(form: str, answer: str) -> None:
    assert texts(answer) == BOTH, form


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n ",
        "Je ne peux pas vous aider.",
        "null",
        "42",
        "{}",
        "[]",
        '{"suggestions": []}',
        '{"suggestions": [null, 3, true, {"confidence": 0.5}, {"text": 7}, "", " - "]}',
        '{"error": "overloaded"}',
        "<html><body><h1>502</h1></body></html>",
        "[" * 30_000,
        '{"a":' * 5_000,
        "3.5 km, ou 10:30 demain",
    ],
    ids=lambda answer: repr(answer[:30]),
)
def test_nothing_usable_gives_no_suggestion(answer: str) -> None:
    assert parse(answer, 3) == ()


@pytest.mark.parametrize(
    ("given_confidence", "read"),
    [
        (0.8, 0.8),
        (1, 1.0),
        (0, 0.0),
        (85, 0.85),
        (250, 1.0),
        (-3, 0.0),
        ("0.7", 0.7),
        ("70%", 0.7),
        ("70 %", 0.7),
        ("0,7", 0.7),
        ("1%", 0.01),
        ("high", None),
        (True, None),
        (None, None),
        ([1], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, 1.0),
    ],
)
def test_confidence_is_brought_between_0_and_1(given_confidence: object, read: float | None) -> None:
    answer = json.dumps([{"text": FIRST, "confidence": given_confidence}])
    assert parse(answer, 1) == (Suggestion(text=FIRST, confidence=read),)


def test_the_same_thing_twice_counts_once() -> None:
    assert texts(json.dumps([FIRST, FIRST.upper(), f"  {FIRST}!", SECOND])) == BOTH


def test_there_are_never_more_than_were_asked_for() -> None:
    assert texts(json.dumps(BOTH), count=1) == [FIRST]


def test_a_long_suggestion_is_cut_at_a_word() -> None:
    [text] = texts(json.dumps(["mot " * 200]))
    assert len(text) <= MAX_LENGTH
    assert text.endswith("mot…")


def test_a_suggestion_is_one_line_that_can_be_shown_and_stored() -> None:
    assert texts('["Coupez\\nle\\u0000 \\ud800courant"]') == ["Coupez le ?courant"]


def test_static_lists_hold_one_suggestion_a_line() -> None:
    found = parse_lines(f"{FIRST}\n\n- {SECOND}\n{FIRST}\n", 5)
    assert [suggestion.text for suggestion in found] == BOTH


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["suggestions", "text", "confidence", "items", "x"]), inner)
    ),
    max_leaves=20,
)


@given(
    st.text() | JSON.map(json.dumps) | JSON.map(lambda value: f"Voici ```json\n{json.dumps(value)}"), st.integers(1, 10)
)
def test_whatever_a_model_says_is_read_within_the_bounds(answer: str, count: int) -> None:
    for found in (parse(answer, count), parse_lines(answer, count)):
        assert len(found) <= count
        for suggestion in found:
            assert 1 <= len(suggestion.text) <= MAX_LENGTH
            assert "\n" not in suggestion.text
            suggestion.text.encode("utf-8")
            assert suggestion.confidence is None or 0 <= suggestion.confidence <= 1


@given(st.text(alphabet='[]{}",:\\ab1- .*`\n', max_size=400))
def test_broken_json_never_breaks_the_reader(answer: str) -> None:
    parse(answer, 3)
