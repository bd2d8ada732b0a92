"""The request is at fault when no provider could ever take it, and each says why."""

from datetime import UTC, datetime

import pytest

from llm.core.calls import Skip, SkipReason
from llm.core.failures.policy import ErrorClass
from llm.core.routing.nobody_fits import nobody_fits

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
IMAGES = Skip(provider="claude", reason=SkipReason.CAPABILITY, detail="cannot do: images", parameter="messages")
TOOLS = Skip(provider="gemini", reason=SkipReason.CAPABILITY, detail="cannot do: tools", parameter="tools")
WINDOW = Skip(provider="openai", reason=SkipReason.CONTEXT_WINDOW, detail="too long", parameter="messages")
MANY = Skip(provider="openai", reason=SkipReason.LIMIT, detail="takes at most 128 tools, not 140", parameter="tools")
NO_KEY = Skip(provider="openai", reason=SkipReason.NO_KEY)
SICK = Skip(provider="openai", reason=ErrorClass.SERVER_ERROR, until=NOW)
DRAINED = Skip(provider="openai", reason=SkipReason.DRAINING)


@pytest.mark.parametrize(
    ("skips", "error_class", "parameter"),
    [
        ((IMAGES,), ErrorClass.INVALID_REQUEST, "messages"),
        ((TOOLS, WINDOW), ErrorClass.INVALID_REQUEST, "tools"),
        ((WINDOW,), ErrorClass.CONTEXT_LENGTH, "messages"),
        ((WINDOW, NO_KEY), ErrorClass.CONTEXT_LENGTH, "messages"),
        ((MANY,), ErrorClass.INVALID_REQUEST, "tools"),
    ],
)
def test_the_request_is_at_fault_and_who_says_so_is_named(
    skips: tuple[Skip, ...], error_class: ErrorClass, parameter: str
) -> None:
    failure = nobody_fits(skips)
    assert failure is not None
    assert (failure.error_class, failure.parameter) == (error_class, parameter)
    assert all(f"{s.provider}: {s.detail}" in failure.message for s in skips if s is not NO_KEY)


def test_a_bound_is_named_also_while_others_are_out() -> None:
    away = Skip(provider="claude", reason=ErrorClass.CREDIT_EXHAUSTED, until=NOW)
    failure = nobody_fits((away, MANY))
    assert failure is not None
    assert failure.parameter == "tools"
    assert "at most 128 tools" in failure.message


@pytest.mark.parametrize("skips", [(), (NO_KEY,), (IMAGES, SICK), (WINDOW, DRAINED)])
def test_nobody_is_at_fault_while_one_may_take_it_later(skips: tuple[Skip, ...]) -> None:
    assert nobody_fits(skips) is None
