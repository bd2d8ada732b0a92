"""The bodies have the size that their name says, and both APIs read them as dialogues with tools."""

import json

import pytest

from bench.cost.bodies import Size, anthropic_body, openai_body
from llm.api.anthropic.request import read_messages_call
from llm.api.openai.request import read_chat


@pytest.mark.parametrize(("size", "low", "high"), [(Size.LARGE, 350e3, 450e3), (Size.HUGE, 3.6e6, 4.4e6)])
def test_a_body_is_as_large_as_its_name(size: Size, low: float, high: float) -> None:
    assert low < len(openai_body(size, stream=False)) < high
    assert low < len(anthropic_body(size, stream=True)) < high


@pytest.mark.parametrize("size", list(Size))
def test_both_apis_read_each_body(size: Size) -> None:
    assert read_chat(json.loads(openai_body(size, stream=True))).stream
    assert read_messages_call(json.loads(anthropic_body(size, stream=True))).stream
