"""Keys, fingerprints, and the answers that are kept: tables."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.idempotency.keys import MOST_BYTES, KeptAnswer, Scope, fingerprint, is_kept, is_key, kept_headers

SCOPE = Scope(user_id=1, consumer="key a", path="/v1/chat/completions", key="order-7")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(st.text(), JSON, max_size=5)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a", True),
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", True),
        ('"quoted"', True),
        ("!~", True),
        ("k" * 255, True),
        ("", False),
        ("k" * 256, False),
        ("two words", False),
        ("tab\t", False),
        ("line\n", False),
        ("clé", False),
        ("\x7f", False),
    ],
)
def test_a_key_is_1_to_255_visible_ascii_characters(text: str, fits: bool) -> None:
    assert is_key(text) is fits


@given(BODIES)
def test_the_fingerprint_ignores_the_order_of_fields(body: dict[str, Any]) -> None:
    assert fingerprint(body) == fingerprint(dict(reversed(body.items())))


@given(BODIES, BODIES)
def test_bodies_that_differ_have_different_fingerprints(body: dict[str, Any], other: dict[str, Any]) -> None:
    assert (fingerprint(body) == fingerprint(other)) == (_typed(body) == _typed(other))


def _typed(value: Any) -> Any:
    """The value with the type of each leaf: in Python 1 == 1.0 == True and 0.0 == -0.0, in JSON they differ."""
    if isinstance(value, dict):
        return {name: _typed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    return type(value).__name__, repr(value)


@pytest.mark.parametrize(
    "other",
    [
        Scope(user_id=2, consumer="key a", path=SCOPE.path, key=SCOPE.key),
        Scope(user_id=1, consumer="key b", path=SCOPE.path, key=SCOPE.key),
        Scope(user_id=1, consumer="session", path=SCOPE.path, key=SCOPE.key),
        Scope(user_id=1, consumer="key a", path="/v1/messages", key=SCOPE.key),
        Scope(user_id=1, consumer="key a", path=SCOPE.path, key="order-8"),
    ],
)
def test_a_key_belongs_to_one_consumer_and_one_path(other: Scope) -> None:
    assert other.digest != SCOPE.digest


def test_a_key_shows_in_no_digest_and_no_repr() -> None:
    assert "order-7" not in repr(SCOPE) + SCOPE.digest
    assert "Bonapriso" not in repr(KeptAnswer(status=200, headers={}, body=b"Bonapriso"))


@pytest.mark.parametrize(
    ("status", "degraded", "size", "kept"),
    [
        (200, False, 10, True),
        (201, False, 10, True),
        (422, False, 10, True),
        (200, True, 10, False),
        (201, True, 10, False),
        (200, False, MOST_BYTES, True),
        (200, False, MOST_BYTES + 1, False),
        *((status, False, 10, False) for status in (302, 400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503)),
    ],
)
def test_only_final_answers_are_kept(status: int, degraded: bool, size: int, kept: bool) -> None:
    assert is_kept(status, degraded=degraded, size=size) is kept


def test_headers_of_the_answer_are_kept_and_those_of_its_delivery_are_dropped() -> None:
    kept = {
        "Content-Type": "application/json",
        "Location": "/api/conversations/1",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
        "X-LLM-Provider": "claude",
        "x-llm-dropped-fields": "seed",
    }
    delivery = {
        "Content-Length": "12",
        "X-Request-ID": "r-1",
        "request-id": "r-1",
        "Set-Cookie": "a=b",
        "Retry-After": "1",
    }
    assert kept_headers({**kept, **delivery}) == kept
