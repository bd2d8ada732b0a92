"""What a line item of OpenAI's costs is of."""

from decimal import Decimal

import pytest

from llm.adapters.reports.openai import charge
from llm.core.reconcile.day import Charge, TokenKind


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("gpt-5.5-2026-04-23, cached input", {"model": "gpt-5.5-2026-04-23", "kind": TokenKind.CACHED}),
        ("gpt-audio-mini-2025-12-15 audio, input", {"model": "gpt-audio-mini-2025-12-15", "kind": TokenKind.INPUT}),
        ("priority | gpt-5.6-sol, output, long context", {"model": "gpt-5.6-sol", "kind": TokenKind.OUTPUT}),
        ("web search tool calls", {"what": "web search tool calls"}),
        ("whisper-1, audio", {"what": "whisper-1, audio"}),
    ],
)
def test_a_line_item_names_a_model_and_a_kind_of_token(item: str, expected: dict[str, object]) -> None:
    row = {"amount": {"value": 0.5, "currency": "usd"}, "line_item": item}
    assert charge(row) == Charge(usd=Decimal("0.5"), **expected)  # type: ignore[arg-type]  # by name
